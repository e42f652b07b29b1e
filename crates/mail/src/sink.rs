//! Servers for tests, as simple as can be.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// An SMTP server and what it heard.
pub struct Sink {
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    /// `offers` are the lines of the answer to EHLO; `answers` are given to commands that begin with their
    /// first part, and to the lines that follow a 334.
    pub async fn start(
        offers: &'static [&'static str],
        answers: &'static [(&'static str, &'static str)],
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let lines = heard.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // A client that hangs up is part of some tests.
                let _ = talk(socket, offers, answers, &lines).await;
            }
        });
        Self { port, heard }
    }

    /// Every line that clients sent so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub fn has_heard(&self, beginning: &str) -> bool {
        self.heard().iter().any(|line| line.starts_with(beginning))
    }
}

async fn talk(
    socket: TcpStream,
    offers: &[&str],
    answers: &[(&str, &str)],
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    socket.write_all(b"220 sink\r\n").await?;
    let mut in_letter = false;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        heard.lock().unwrap().push(line.clone());
        if in_letter {
            if line == "." {
                in_letter = false;
                socket.write_all(b"250 taken\r\n").await?;
            }
            continue;
        }
        in_letter = line == "DATA";
        let answer = answers.iter().find(|(beginning, _)| line.starts_with(beginning));
        let answer = match (answer, line.split(' ').next().unwrap_or_default()) {
            (Some((_, answer)), _) => format!("{answer}\r\n"),
            (None, "EHLO") => {
                let offers: String = offers.iter().map(|offer| format!("250-{offer}\r\n")).collect();
                format!("250-sink\r\n{offers}250 8BITMIME\r\n")
            }
            (None, "DATA") => "354 go on\r\n".to_owned(),
            (None, "QUIT") => "221 bye\r\n".to_owned(),
            (None, _) => "250 ok\r\n".to_owned(),
        };
        socket.write_all(answer.as_bytes()).await?;
    }
}

/// An HTTP server for one request: where it is, and the request when it has come.
pub async fn http(status: &'static str, body: &'static str) -> (String, oneshot::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        // The bodies of these tests are short: they come with the head, or right after it.
        while !complete(&request) {
            let mut chunk = [0; 4096];
            let read = socket.read(&mut chunk).await.unwrap();
            request.extend_from_slice(&chunk[..read]);
        }
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let _ = sender.send(String::from_utf8(request).unwrap());
    });
    (url, receiver)
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_some_and(|length| body.len() >= length.trim().parse().unwrap())
}
