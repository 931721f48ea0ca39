//! The fake Discord in a process of its own, so that its work is not the bot's.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use obs_test::discord::{FakeDiscord, event};

/// The argument that makes a benchmark the fake.
const ARGUMENT: &str = "--fake";

/// A fake Discord that does as it is told. Killed on drop.
pub struct Fake {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    addr: SocketAddr,
    certificate: Vec<u8>,
}

impl Fake {
    /// Starts this program once more, as the fake.
    pub fn start() -> Self {
        let program = std::env::current_exe().expect("own path");
        let mut child = Command::new(program)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let orders = child.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut line = || answers.next().expect("an answer").expect("text");
        let addr = line().parse().expect("an address");
        let certificate = line().split(' ').map(|byte| byte.parse().expect("a byte")).collect();
        Self { child, orders, answers, addr, certificate }
    }

    /// A client to which it is Discord.
    pub fn client(&self) -> reqwest::ClientBuilder {
        let certificate = reqwest::Certificate::from_der(&self.certificate).expect("a certificate");
        reqwest::Client::builder()
            .use_rustls_tls()
            .add_root_certificate(certificate)
            .resolve("discord.com", self.addr)
    }

    /// Has it send this many messages.
    pub fn send(&mut self, events: u64) {
        writeln!(self.orders, "{events}").expect("it listens");
        self.answers.next().expect("an answer").expect("text");
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the fake if this process was started to be it; `false` if not.
pub fn main() -> bool {
    if std::env::args().nth(1).as_deref() != Some(ARGUMENT) {
        return false;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let discord = FakeDiscord::start().await;
        println!("{}", discord.https_addr());
        let certificate: Vec<_> = discord.certificate().iter().map(u8::to_string).collect();
        println!("{}", certificate.join(" "));
        let message = event::message(&super::content());
        let (orders, mut read) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                let _ = orders.send(line.parse().expect("a number"));
            }
        });
        while let Some(times) = read.recv().await {
            discord.shard(0).send_times(&message, times);
            println!("sent");
        }
    });
    true
}
