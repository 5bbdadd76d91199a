//! What the tutorial shows by hand: `kill -9` in the middle of an order.

use std::{
    error::Error,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use restate::IngressClient;
use shop::{AddRequest, OrdersClient, PlaceRequest, ReadRequest, StockClient};

mod shop {
    restate::include_proto!("shop.v1");
}

/// The tutorial's program, killed when this is dropped.
struct Shop {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    client: IngressClient,
}

impl Shop {
    fn start(directory: &Path) -> Result<Self, Box<dyn Error>> {
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
        let client = IngressClient::new(format!("http://{address}"))?;
        Ok(Self { child, output, client })
    }

    /// Kills it, and returns what it has printed since it was last read.
    fn kill(mut self) -> Result<Vec<String>, Box<dyn Error>> {
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

#[tokio::test]
async fn an_order_survives_kill() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let request = PlaceRequest { order: "order-1".into(), item: "book".into(), cents: 900 };

    let mut before = Shop::start(directory.path())?;
    StockClient::new(before.client.clone())
        .add(AddRequest { item: "book".into(), count: 3 })
        .await?;
    let orders = OrdersClient::new(before.client.clone());
    orders.place(request.clone()).idempotency_key("order-1").one_way().await?;
    let charged = before.output.next().ok_or("the program ended")??;
    assert_eq!(charged, "charging 900 cents for order-1");
    // A step begins when the results of those before it are on disk.
    let packing = before.output.next().ok_or("the program ended")??;
    assert_eq!(packing, "packing order-1");
    assert_eq!(before.kill()?, [""; 0]);

    let after = Shop::start(directory.path())?;
    let orders = OrdersClient::new(after.client.clone());
    let placed = orders.place(request).idempotency_key("order-1").await?;
    assert_eq!(placed.tracking, "parcel-of-order-1");
    let stock = StockClient::new(after.client.clone());
    assert_eq!(stock.read(ReadRequest { item: "book".into() }).await?.count, 2);
    let printed = after.kill()?;
    assert_eq!(printed.last().map(String::as_str), Some("shipping order-1"));
    let charged = printed.iter().any(|line| line.starts_with("charging"));
    assert!(!charged, "nothing is charged again: {printed:?}");
    Ok(())
}
