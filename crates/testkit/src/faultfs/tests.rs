//! The faults themselves, seen through the kernel.

use super::*;
use std::{
    fs::{self, File},
    io::Write,
    thread,
    time::Instant,
};

const SHORT: Duration = Duration::from_secs(10);

#[test]
fn it_is_a_file_system() {
    let disk = FaultFs::mount().unwrap();
    fs::create_dir(disk.join("dir")).unwrap();
    fs::write(disk.join("dir/a"), b"one two").unwrap();
    fs::rename(disk.join("dir/a"), disk.join("b")).unwrap();
    std::os::unix::fs::symlink("b", disk.join("link")).unwrap();
    assert_eq!(fs::read(disk.join("link")).unwrap(), b"one two");

    let mut names: Vec<_> =
        fs::read_dir(disk.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["b", "dir", "link"]);
    fs::remove_dir(disk.join("dir")).unwrap();
    fs::remove_file(disk.join("b")).unwrap();
    assert_eq!(fs::read(disk.join("link")).unwrap_err().raw_os_error(), Some(libc::ENOENT));
}

#[test]
fn the_nth_call_fails_as_told() {
    let disk = FaultFs::mount().unwrap();
    let mut file = File::create(disk.join("f")).unwrap();
    disk.fail(Call::Write, 2, libc::EDQUOT);
    file.write_all(b"1").unwrap();
    file.write_all(b"2").unwrap();
    assert_eq!(file.write_all(b"3").unwrap_err().raw_os_error(), Some(libc::EDQUOT));
    disk.heal();
    file.write_all(b"4").unwrap();
    assert_eq!(fs::read(disk.join("f")).unwrap(), b"124");
    assert_eq!(disk.count(Call::Write), 4);
}

#[test]
fn space_runs_out_and_comes_back() {
    let disk = FaultFs::mount().unwrap();
    disk.limit_space(10);
    fs::write(disk.join("a"), b"12345678").unwrap();
    assert_eq!(fs::write(disk.join("b"), b"123").unwrap_err().raw_os_error(), Some(libc::ENOSPC));
    fs::remove_file(disk.join("a")).unwrap();
    fs::write(disk.join("b"), b"123").unwrap();
}

#[test]
fn a_hung_call_delays_no_other_and_goes_on_when_healed() {
    let disk = FaultFs::mount().unwrap();
    disk.hang(Call::Write);
    let path = disk.join("slow");
    let writer = thread::spawn(move || fs::write(path, b"late"));
    crate::until("the write hangs", SHORT, || disk.hanging() == 1).unwrap();
    assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 1);
    disk.heal();
    writer.join().unwrap().unwrap();
    assert_eq!(fs::read(disk.join("slow")).unwrap(), b"late");
}

#[test]
fn a_dropped_disk_lets_go_of_whoever_hangs() {
    let disk = FaultFs::mount().unwrap();
    disk.hang(Call::Write);
    let path = disk.join("slow");
    let writer = thread::spawn(move || fs::write(path, b"never"));
    crate::until("the write hangs", SHORT, || disk.hanging() == 1).unwrap();
    drop(disk);
    assert_eq!(writer.join().unwrap().unwrap_err().raw_os_error(), Some(libc::EIO));
}

#[test]
fn a_late_call_is_late() {
    let disk = FaultFs::mount().unwrap();
    disk.delay(Call::Create, Duration::from_millis(100));
    let began = Instant::now();
    File::create(disk.join("f")).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(100));
}

#[test]
fn power_loss_keeps_what_was_synced() {
    let disk = FaultFs::mount().unwrap();
    let mut kept = File::create(disk.join("kept")).unwrap();
    kept.write_all(b"synced").unwrap();
    kept.sync_all().unwrap();
    kept.write_all(b" and not").unwrap();
    fs::write(disk.join("lost"), b"never synced").unwrap();
    drop(kept);

    disk.lose_power();
    assert_eq!(fs::read(disk.join("kept")).unwrap(), b"synced");
    assert!(!disk.join("lost").exists());
}

#[test]
fn a_rename_survives_with_its_directory_alone() {
    let disk = FaultFs::mount().unwrap();
    let mut file = File::create(disk.join("f.part")).unwrap();
    file.write_all(b"data").unwrap();
    file.sync_all().unwrap();
    fs::rename(disk.join("f.part"), disk.join("f")).unwrap();
    disk.lose_power();
    assert!(disk.join("f.part").exists() && !disk.join("f").exists());

    fs::rename(disk.join("f.part"), disk.join("f")).unwrap();
    File::open(disk.path()).unwrap().sync_all().unwrap();
    disk.lose_power();
    assert_eq!(fs::read(disk.join("f")).unwrap(), b"data");
}
