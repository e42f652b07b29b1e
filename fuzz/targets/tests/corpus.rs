//! Every input that fuzzing has kept does what its target promises.

use std::{fs, path::Path};

use longshore_fuzz_targets::TARGETS;

#[test]
fn kept_inputs_keep_their_promises() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    for (name, run) in TARGETS {
        let inputs: Vec<_> =
            fs::read_dir(corpus.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!inputs.is_empty(), "{name} has inputs");
        for path in inputs {
            // Shown with a failure.
            println!("{}", path.display());
            run(&fs::read(&path).unwrap());
        }
    }
    let directories = fs::read_dir(&corpus).unwrap().count();
    assert_eq!(directories, TARGETS.len(), "a corpus without a target");
}
