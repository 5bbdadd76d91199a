//! The commands of the tutorial, as they are printed.

use std::{error::Error, thread};

use crate::process::Shop;

const TUTORIAL: &str = include_str!("../../../../docs/guide/tutorial.md");

/// What `curl` sends.
#[derive(Default)]
struct Request {
    url: String,
    body: String,
    headers: Vec<(String, String)>,
}

/// The commands in indented blocks.
fn commands() -> impl Iterator<Item = String> {
    let joined = TUTORIAL.replace("\\\n", " ");
    let prose: Vec<String> = joined.split("```").step_by(2).map(str::to_owned).collect();
    let lines = prose.into_iter().flat_map(|prose| {
        prose
            .lines()
            .filter_map(|line| line.strip_prefix("    ").map(str::to_owned))
            .collect::<Vec<_>>()
    });
    let commands = ["cargo", "cd", "curl", "pkill"];
    lines
        .filter(move |line| commands.iter().any(|command| line.starts_with(&format!("{command} "))))
}

/// The words of a command, with quotes as a shell has them.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().expect("there is a word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn request(command: &str) -> Result<Request, Box<dyn Error>> {
    let mut request = Request::default();
    let mut words = words(command).into_iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-H" => {
                let header = words.next().ok_or("a header is missing")?;
                let (name, value) = header.split_once(": ").ok_or("a header has no value")?;
                request.headers.push((name.to_owned(), value.to_owned()));
            }
            "-d" => request.body = words.next().ok_or("a body is missing")?,
            option if option.starts_with('-') => return Err(format!("what is {option}?").into()),
            _ => request.url = word,
        }
    }
    Ok(request)
}

/// The status and the body of the answer.
fn send(request: Request, address: &str) -> (u16, String) {
    let url = request.url.replacen("localhost:8080", address, 1);
    assert!(url.contains(address), "{url} is not the shop's");
    let mut sent = ureq::post(format!("http://{url}")).config().http_status_as_error(false).build();
    for (name, value) in request.headers {
        sent = sent.header(name, value);
    }
    let mut answer = sent.send(request.body).expect("the shop answers");
    (answer.status().as_u16(), answer.body_mut().read_to_string().expect("a text"))
}

#[test]
fn the_commands_of_the_tutorial_do_what_it_says() -> Result<(), Box<dyn Error>> {
    let others: Vec<String> = commands().filter(|command| !command.starts_with("curl")).collect();
    assert_eq!(
        others,
        ["cargo new shop", "cd shop", "cargo run", "pkill -9 -x shop", "cargo test"]
    );
    let directory = tempfile::tempdir()?;
    let shop = Shop::start(directory.path())?;
    let requests: Result<Vec<Request>, _> =
        commands().filter(|command| command.starts_with("curl")).map(|it| request(&it)).collect();
    let [books, first, second, anvil, third, read] =
        requests?.try_into().map_err(|_| "the tutorial has six requests")?;

    let now = |request| send(request, &shop.address);
    assert_eq!(now(books), (200, r#"{"count":3}"#.to_owned()));
    assert_eq!(now(anvil), (200, r#"{"count":1}"#.to_owned()));
    // They take as long as it takes to pack an item, and so run beside each other.
    let orders = [first, second, third].map(|order| {
        let address = shop.address.clone();
        thread::spawn(move || send(order, &address))
    });
    let [first, second, third] = orders.map(|order| order.join().expect("it was answered"));
    assert_eq!(first, (200, r#"{"tracking":"parcel-of-order-1"}"#.to_owned()));
    assert_eq!(second, (200, r#"{"tracking":"parcel-of-order-2"}"#.to_owned()));
    assert_eq!(third.0, 422);
    assert_eq!(now(read), (200, r#"{"count":1}"#.to_owned()));

    let printed = shop.kill()?;
    for line in ["charging 900 cents for order-1", "packing order-2", "refunding order-3"] {
        assert!(printed.iter().any(|printed| printed == line), "{line}: {printed:?}");
    }
    Ok(())
}
