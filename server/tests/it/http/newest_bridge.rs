//! Pages bring along which bridge is the newest, if the configuration says so.

use test_support::{
    database::{TestDatabase, on_sqlite},
    service::TestServer,
};

const ELEMENT: &str = "card-bridge-newest";

/// What stands in the head of a page.
async fn head(server: &TestServer, path: &str) -> String {
    let browser = server.browser();
    let reply = browser.send("GET", path, &[], Vec::new()).await;
    assert_eq!(reply.status, 200);
    reply.body.split("</head>").next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_names_the_newest_bridge_and_where_it_is() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::with(&database, |config| {
            config.bridge.newest = Some(String::from("0.2.0"));
            config.bridge.update_url = Some(String::from("https://ic.example.cn/b?a=1&b=2"));
        })
        .await;
        for path in ["/login", "/environment"] {
            let head = head(&server, path).await;
            let named = format!(
                r#"<meta name="{ELEMENT}" content="0.2.0" data-address="https://ic.example.cn/b?a=1&amp;b=2">"#
            );
            assert!(head.contains(&named), "{head}");
        }
    })
    .await;
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        assert!(!head(&server, "/login").await.contains(ELEMENT));
    })
    .await;
}
