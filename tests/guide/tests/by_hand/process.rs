use std::{
    error::Error,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use restate::IngressClient;

/// The tutorial's program, killed when this is dropped.
pub(crate) struct Shop {
    child: Child,
    pub(crate) output: Lines<BufReader<ChildStdout>>,
    pub(crate) address: String,
}

impl Shop {
    pub(crate) fn start(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_shop"))
            .current_dir(directory)
            .env("SHOP_INGRESS", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        // A resumed order may print its lines first.
        let address = output
            .by_ref()
            .find_map(|line| line.ok()?.strip_prefix("listening on ").map(str::to_owned));
        let Some(address) = address else {
            child.kill()?;
            return Err("the program does not say where it listens".into());
        };
        Ok(Self { child, output, address })
    }

    pub(crate) fn client(&self) -> Result<IngressClient, Box<dyn Error>> {
        Ok(IngressClient::new(format!("http://{}", self.address))?)
    }

    /// Kills it, and returns what it has printed since it was last read.
    pub(crate) fn kill(mut self) -> Result<Vec<String>, Box<dyn Error>> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.output.by_ref().collect::<Result<_, _>>()?)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
