//! A mail server that takes every letter.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// What has come so far. It ends with the process.
pub struct Mailbox {
    pub port: u16,
    letters: Arc<(Mutex<Vec<Letter>>, Condvar)>,
}

#[derive(Clone, Default)]
struct Letter {
    to: String,
    text: String,
}

const LONG: Duration = Duration::from_secs(30);

impl Mailbox {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let coming = letters.clone();
        thread::spawn(move || {
            for socket in listener.incoming() {
                let coming = coming.clone();
                thread::spawn(move || take(socket.unwrap(), &coming));
            }
        });
        Self { port, letters }
    }

    /// The code in the last letter to `address`, which may be still to come.
    pub fn code_to(&self, address: &str) -> String {
        let (letters, changed) = &*self.letters;
        let is_to = |letters: &Vec<Letter>| letters.iter().any(|letter| letter.to == address);
        let (letters, waited) =
            changed.wait_timeout_while(letters.lock().unwrap(), LONG, |letters| !is_to(letters)).unwrap();
        assert!(!waited.timed_out(), "no letter to {address}");
        let letter = letters.iter().rfind(|letter| letter.to == address).unwrap();
        let (_, after) = letter.text.split_once("<b>").expect("a code");
        after.split("</b>").next().unwrap().to_owned()
    }

    pub fn wait_for(&self, count: usize) {
        let (letters, changed) = &*self.letters;
        let few = |letters: &mut Vec<Letter>| letters.len() < count;
        let waited = changed.wait_timeout_while(letters.lock().unwrap(), LONG, few).unwrap().1;
        assert!(!waited.timed_out(), "not {count} letters");
    }

    pub fn recipients(&self) -> Vec<String> {
        self.letters.0.lock().unwrap().iter().map(|letter| letter.to.clone()).collect()
    }
}

fn take(socket: TcpStream, letters: &(Mutex<Vec<Letter>>, Condvar)) {
    let mut lines = BufReader::new(socket.try_clone().unwrap()).lines();
    let say = |text: &str| (&socket).write_all(format!("{text}\r\n").as_bytes()).is_ok();
    let (mut letter, mut in_text) = (Letter::default(), false);
    say("220 mailbox");
    while let Some(Ok(line)) = lines.next() {
        if in_text && line != "." {
            letter.text += &line;
            continue;
        }
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "." => {
                letters.0.lock().unwrap().push(std::mem::take(&mut letter));
                letters.1.notify_all();
                in_text = false;
                "250 taken"
            }
            "RCPT" => {
                letter.to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 ok"
            }
            "DATA" => {
                in_text = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if !say(answer) {
            return;
        }
    }
}
