//! Secrets come from files too, and from nowhere to the eye.
use crate::program::{Ended, Folder, PASSWORD, run};
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
};

const HUSH: &str = "hush-hush-4711";

#[track_caller]
fn silent(ended: &Ended) {
    for text in [&ended.output, &ended.errors] {
        assert!(!text.contains(HUSH) && !text.contains("4711"), "{text}");
    }
}

#[test]
fn the_url_of_the_database_may_stand_in_a_file() {
    let folder = Folder::new();
    fs::write(folder.file("url"), format!("{}\n", folder.url("fieldhouse.db"))).expect("the secret is written");
    run(&["migrate", "--database-url-file", &folder.path("url")], &[]).fine();
    run(
        &["check", "--no-migrate"],
        &[("DATABASE_URL_FILE", &folder.path("url"))],
    )
    .fine();
    assert!(folder.file("fieldhouse.db").exists());
}

#[test]
fn a_password_may_stand_in_a_file() {
    let folder = Folder::new();
    let url = folder.url("fieldhouse.db");
    fs::write(folder.file("password"), PASSWORD).expect("the secret is written");
    let arguments = ["owner", "create", "--email", "ines@example.org", "--name", "Ines"];
    let password = folder.path("password");
    run(
        &arguments,
        &[("DATABASE_URL", &url), ("FIELDHOUSE_PASSWORD_FILE", &password)],
    )
    .fine();
}

#[test]
fn a_secret_is_given_once() {
    let folder = Folder::new();
    let url = format!("postgres://fieldhouse:{HUSH}@127.0.0.1/fieldhouse");
    fs::write(folder.file("url"), &url).expect("the secret is written");
    let file = folder.path("url");
    for (arguments, environment) in [
        (
            vec!["migrate"],
            vec![("DATABASE_URL", url.as_str()), ("DATABASE_URL_FILE", file.as_str())],
        ),
        (
            vec!["migrate", "--database-url-file", &file],
            vec![("DATABASE_URL", url.as_str())],
        ),
        (
            vec!["migrate", "--database-url", &url],
            vec![("DATABASE_URL_FILE", file.as_str())],
        ),
        (
            vec!["migrate", "--database-url", &url, "--database-url-file", &file],
            vec![],
        ),
    ] {
        let ended = run(&arguments, &environment);
        silent(&ended);
        let complaint = ended.refused();
        assert!(complaint.contains("cannot be used with"), "{complaint}");
    }
}

#[test]
fn a_file_without_a_secret_is_refused() {
    let folder = Folder::new();
    fs::write(folder.file("empty"), "\n").expect("nothing is written");
    let complaint = run(&["migrate"], &[("DATABASE_URL_FILE", &folder.path("empty"))]).refused();
    assert!(complaint.contains("the file is empty"), "{complaint}");
    let complaint = run(&["migrate"], &[("DATABASE_URL_FILE", &folder.path("absent"))]).refused();
    assert!(complaint.contains("No such file"), "{complaint}");
}

#[test]
fn help_tells_names_and_no_values() {
    let environment = [("DATABASE_URL", HUSH), ("FIELDHOUSE_PASSWORD", HUSH)];
    for arguments in [
        ["serve", "--help"].as_slice(),
        &["owner", "create", "--help"],
        &["check", "--help"],
    ] {
        let ended = run(arguments, &environment);
        silent(&ended);
        let help = ended.fine();
        assert!(help.contains("[env: DATABASE_URL]"), "{help}");
        assert!(help.contains("--database-url-file <FILE>"), "{help}");
    }
}

/// A server that asks for the password and finds it wrong.
fn server_that_refuses() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            thread::spawn(move || {
                let mut message = [0; 4096];
                let mut length = stream.read(&mut message).unwrap_or_default();
                // A request for encryption may come first, and is declined.
                if length == 8 && stream.write_all(b"N").is_ok() {
                    length = stream.read(&mut message).unwrap_or_default();
                }
                if length == 0 || stream.write_all(b"R\0\0\0\x08\0\0\0\x03").is_err() {
                    return;
                }
                let _ = stream.read(&mut message);
                let fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"fieldhouse\"\0\0";
                let mut answer = vec![b'E'];
                answer.extend(u32::try_from(fields.len() + 4).expect("a short message").to_be_bytes());
                answer.extend(fields);
                let _ = stream.write_all(&answer);
            });
        }
    });
    port
}

#[test]
fn a_password_that_is_refused_is_not_told() {
    let port = server_that_refuses();
    let url = format!("postgres://fieldhouse:{HUSH}@127.0.0.1:{port}/fieldhouse");
    for verb in ["check", "migrate", "serve"] {
        let environment = [("DATABASE_URL", url.as_str()), ("RUST_LOG", "trace")];
        let ended = run(&[verb, "--no-migrate"], &environment);
        silent(&ended);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let told = format!("{}{}", ended.output, ended.errors);
        assert!(told.contains("password authentication failed"), "{told}");
    }
}

#[test]
fn an_address_that_does_not_answer_is_told_without_its_password() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    drop(listener);
    for host in [format!("127.0.0.1:{port}"), "nowhere.fieldhouse.invalid".to_owned()] {
        let url = format!("postgres://fieldhouse:{HUSH}@{host}/fieldhouse");
        for verb in ["check", "serve"] {
            let ended = run(&[verb], &[("DATABASE_URL", &url), ("RUST_LOG", "trace")]);
            silent(&ended);
            assert_eq!(ended.code, Some(1), "{ended:?}");
        }
    }
}

#[test]
fn a_url_with_a_slip_of_the_pen_is_not_told() {
    for url in [
        format!("postgres://fieldhouse:{HUSH}#x@127.0.0.1:1/fieldhouse"),
        format!("postgres://fieldhouse:{HUSH}/x@127.0.0.1:1/fieldhouse"),
        format!("postgres://fieldhouse@127.0.0.1:1/fieldhouse?pasword={HUSH}"),
        format!("postgres://fieldhouse@127.0.0.1:1/fieldhouse?sslmode={HUSH}"),
        format!("postgres://fieldhouse:{HUSH}@127.0.0.1:port/fieldhouse"),
        format!("postgers://fieldhouse:{HUSH}@127.0.0.1/fieldhouse"),
        format!("fieldhouse:{HUSH}@127.0.0.1/fieldhouse"),
    ] {
        for verb in ["check", "migrate"] {
            let ended = run(&[verb], &[("DATABASE_URL", &url), ("RUST_LOG", "trace")]);
            silent(&ended);
            assert_eq!(ended.code, Some(1), "{ended:?}");
            assert!(!ended.errors.contains("panicked"), "{ended:?}");
        }
    }
}
