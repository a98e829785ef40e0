//! Clients that hang up amid a page, hundreds at once on busy cores, as an ended load
//! generator or a closed browser does: what they leave half made goes away without a
//! panic, and the next page is whole.

use std::time::{Duration, Instant};

use test_support::{
    database::on_sqlite,
    service::{Browser, Person},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use super::{long_or, register_fixture::RegisterFixture};
use crate::process::Process;

/// By then a page is whole again, on a busy machine.
const GOES_ON: Duration = Duration::from_secs(30);

/// Clients at once: many times what there are cores.
const CLIENTS: u64 = 64;

/// Pages that need a session, wait for calls, and have pages within.
const PAGES: [&str; 6] = [
    "/manage",
    "/manage/freeze",
    "/manage/renew",
    "/manage/history",
    "/portal",
    "/login",
];

/// The cookies of a session, as a request has them.
async fn cookies(legal: &Person, origin: &str) -> String {
    let reply = legal.try_log_in(&Browser::new(origin)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let set = reply.headers.get_all("set-cookie").into_iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

/// A client that asks for pages and hangs up, each time at another moment; how often.
async fn hang_up(address: String, cookies: String, number: u64, until: Instant) -> u64 {
    let mut round = number;
    let mut answered = [0; 4096];
    while Instant::now() < until {
        let Ok(mut stream) = TcpStream::connect(&address).await else {
            // Nobody is there to hang up on: the next try is a little later.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        round += 1;
        let page = PAGES[usize::try_from(round).unwrap() % PAGES.len()];
        let ask = format!("GET {page} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookies}\r\n\r\n");
        // Two at once, of which the second waits for the first.
        let _gone = stream.write_all(ask.repeat(2).as_bytes()).await;
        let patience = Duration::from_micros(round * 7919 % 40_000);
        let _late = tokio::time::timeout(patience, stream.read(&mut answered)).await;
    }
    round - number
}

/// Whether a page comes whole, with a card in it.
async fn is_whole(address: &str, cookies: &str) -> bool {
    let ask = format!(
        "GET /manage/freeze HTTP/1.1\r\nHost: {address}\r\nCookie: {cookies}\r\n\
         Connection: close\r\n\r\n"
    );
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return false;
    };
    let mut page = Vec::new();
    // Cut off it is not whole.
    let _gone = stream.write_all(ask.as_bytes()).await;
    let _cut = stream.read_to_end(&mut page).await;
    let page = String::from_utf8_lossy(&page);
    page.starts_with("HTTP/1.1 200") && page.contains("0001") && page.contains("</html>")
}

/// Shows all that it said else: the reason is in the line after the panic's.
fn assert_no_panic(process: &Process) {
    let panicked = process.said("panicked");
    assert!(panicked.is_empty(), "{:#?}", process.said(""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_amid_a_page_leaves_no_panic() {
    on_sqlite(async |database| {
        let register = RegisterFixture::new(&database, 3).await;
        let server = register.server(register.folder.path());
        let process = register.start(&server);
        let address = server.origin.trim_start_matches("http://").to_owned();
        let cookies = cookies(&register.legal, &server.origin).await;
        let until = Instant::now() + long_or(Duration::from_secs(8), Duration::from_mins(5));
        let mut hanging = JoinSet::new();
        for number in 0..CLIENTS {
            hanging.spawn(hang_up(address.clone(), cookies.clone(), number, until));
        }
        let pages: u64 = hanging.join_all().await.into_iter().sum();
        println!("{pages} times somebody hung up amid two pages");
        assert!(pages > 200, "nobody hung up");
        assert_no_panic(&process);
        // What is half made is still at work, and a page may have no place meanwhile.
        let began = Instant::now();
        while !is_whole(&address, &cookies).await {
            assert!(began.elapsed() < GOES_ON, "no page is whole any more");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // That some waited too long for the store on busy cores, it may say.
        assert_no_panic(&process);
        process.end().await;
    })
    .await;
}
