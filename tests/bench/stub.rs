//! A stand-in for PostgreSQL that knows its answers by heart. It stands before the real one, which answers while it
//! learns; from then on a statement gets the answer that it got last, whatever its parameters.
use crate::process::Database;
use std::{
    collections::HashMap,
    error::Error,
    io::{self, BufReader, BufWriter, Read, Write},
    net::TcpStream,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// The stand-in.
pub struct Stub {
    pub url: String,
    memory: Arc<Memory>,
}

#[derive(Default)]
struct Memory {
    answers: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
    is_replaying: AtomicBool,
}

impl Stub {
    pub fn start(database: &Database) -> Result<Self, Box<dyn Error>> {
        let (listener, address, url) = database.relayed()?;
        let memory = Arc::new(Memory::default());
        let shared = memory.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(&address)) else {
                    return;
                };
                let memory = shared.clone();
                thread::spawn(move || serve(client, server, &memory));
            }
        });
        Ok(Self { url, memory })
    }

    /// Whether it answers by heart from now on.
    pub fn replay(&self, is_replaying: bool) {
        self.memory.is_replaying.store(is_replaying, Ordering::SeqCst);
    }
}

/// One message of the protocol: a letter, which the first of a connection lacks, a length, and what follows.
fn message(from: &mut impl Read, has_letter: bool, into: &mut Vec<u8>) -> io::Result<u8> {
    let start = into.len();
    into.resize(start + if has_letter { 5 } else { 4 }, 0);
    from.read_exact(&mut into[start..])?;
    let length = into.last_chunk::<4>().map_or(4, |length| u32::from_be_bytes(*length));
    let body = into.len();
    into.resize(body + length.saturating_sub(4) as usize, 0);
    from.read_exact(&mut into[body..])?;
    Ok(into[start])
}

/// The text at the start of `bytes` up to its zero, and what follows.
fn text(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

fn serve(client: TcpStream, server: TcpStream, memory: &Memory) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut client, mut answer) = (BufReader::new(client.try_clone()?), BufWriter::new(client));
    let (mut server, mut ask) = (BufReader::new(server.try_clone()?), server);
    let mut prepared: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    let (mut asked, mut key, mut is_first) = (Vec::new(), Vec::new(), true);
    loop {
        let start = asked.len();
        let letter = message(&mut client, !is_first, &mut asked)?;
        let body = &asked[start + 5..];
        match letter {
            _ if is_first => key.push(b'0'),
            b'P' => {
                let (name, rest) = text(body);
                prepared.insert(name.to_vec(), text(rest).0.to_vec());
                key.extend_from_slice(rest);
            }
            b'B' => {
                let name = text(text(body).1).0;
                key.extend(prepared.get(name).into_iter().flatten());
            }
            b'Q' => key.extend_from_slice(body),
            letter => key.push(letter),
        }
        if !is_first && !matches!(letter, b'S' | b'Q') {
            continue;
        }
        // What is prepared must be known to the real one too.
        let is_replaying = memory.is_replaying.load(Ordering::SeqCst) && asked.first() != Some(&b'P');
        let by_heart = match is_replaying {
            true => memory
                .answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&key)
                .cloned(),
            false => None,
        };
        let answered = match by_heart {
            Some(answered) => answered,
            None => {
                ask.write_all(&asked)?;
                let mut answered = Vec::new();
                while message(&mut server, true, &mut answered)? != b'Z' {}
                let mut answers = memory.answers.lock().unwrap_or_else(PoisonError::into_inner);
                answers.insert(std::mem::take(&mut key), answered.clone());
                answered
            }
        };
        answer.write_all(&answered)?;
        answer.flush()?;
        asked.clear();
        key.clear();
        is_first = false;
    }
}
