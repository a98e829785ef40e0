//! 帮助: whom to call and what to install, as the configuration says, and the way back.

use server::config::Help;
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::TestServer,
};

const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0";

fn help() -> Help {
    Help {
        telephone: Some(String::from("010-6519 5114")),
        name: Some(String::from("<企业>服务中心")),
        hours: Some(String::from("工作日 8:30–17:30")),
        windows: Some(String::from("https://ic.example.cn/b.msi")),
        deb: Some(String::from("https://ic.example.cn/b.deb")),
        rpm: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_names_whom_to_call_and_what_to_install() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::with(&database, |config| config.help = help()).await;
        let browser = server.browser();
        let page = browser
            .send("GET", "/help", &[("user-agent", WINDOWS)], Vec::new())
            .await;
        assert_eq!(page.status, 200);
        let call = "&lt;企业&gt;服务中心：010-6519 5114（工作日 8:30–17:30）";
        assert!(page.body.contains(call), "{}", page.body);
        assert!(page.body.contains(r#"href="tel:01065195114""#));
        // Its own system's first, the other behind.
        let place = |what: &str| page.body.find(what).unwrap();
        assert!(place("b.msi") < place("其他系统") && place("其他系统") < place("b.deb"));
        assert!(!page.body.contains("openEuler"));

        let start = [("sec-fetch-site", "none")];
        let start = browser.send("GET", "/kiosk", &start, Vec::new()).await;
        assert!(start.body.contains(call));
        let page = browser.send("GET", "/help", &[], Vec::new()).await;
        assert!(page.body.contains(call) && page.body.contains("现场工作人员"));
        // Nobody telephones with a terminal, or installs anything.
        assert!(!page.body.contains("tel:") && !page.body.contains("b.msi"));
    })
    .await;
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let page = server.browser().send("GET", "/help", &[], Vec::new()).await;
        assert!(page.body.contains("为您制卡的单位"));
        assert!(page.body.contains("安装包请向上面的联系人索取"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_leads_back_to_own_pages_only() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let browser = server.browser();
        for (from, back) in [
            ("", "/login"),
            ("?from=%2Fenvironment", "/environment"),
            ("?from=%2Flogin%3Fleft%3Didle", "/login?left=idle"),
            (
                "?from=%2Fmanage%2Ffreeze%3Fname%3D%25E9%2599%2588%2526",
                "/manage/freeze?name=%E9%99%88%26",
            ),
            ("?from=%2F%2Fevil.example%2Flogin", "/login"),
            ("?from=https%3A%2F%2Fevil.example%2Flogin", "/login"),
            ("?from=javascript%3Aalert(1)", "/login"),
        ] {
            let path = format!("/help{from}");
            let page = browser.send("GET", &path, &[], Vec::new()).await;
            let link = format!(r#"<a href="{back}" class="button">"#);
            assert!(page.body.contains(&link), "{from}: {}", page.body);
            assert!(!page.body.contains("evil") && !page.body.contains("alert(1)"));
        }
        let list = browser.send("GET", "/environment", &[], Vec::new()).await;
        assert!(list.body.contains(r#"href="/help?from=%2Fenvironment""#));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_are_compressed_for_who_asks() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::new(&database).await;
        let browser = server.browser();
        for (asked, coding) in [("gzip", Some("gzip")), ("identity", None)] {
            let asked = [("accept-encoding", asked)];
            let page = browser.send("GET", "/help", &asked, Vec::new()).await;
            let sent = page.headers.get("content-encoding");
            assert_eq!(sent.map(|sent| sent.to_str().unwrap()), coding);
            assert!(
                page.headers["vary"]
                    .to_str()
                    .unwrap()
                    .contains("accept-encoding")
            );
        }
    })
    .await;
}
