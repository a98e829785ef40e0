//! What pages show of a session that ended, or waits for its card.

use app::api::{ApiError, ErrorCode};
use card_domain::{CardState, Role, StateName};

use crate::{
    fake::{Fake, now, row, session},
    http::get,
};

#[tokio::test]
async fn after_a_session_it_is_said_how_it_ended() {
    let nobody = Fake {
        session: Ok(None),
        ..Fake::with(Role::LegalPerson, vec![])
    };
    for (left, said) in [
        ("logout", "已安全退出"),
        ("idle", "长时间没有操作，已自动退出登录"),
        ("card", "卡已取出，已自动退出登录"),
        ("time", "本次登录已到期"),
        ("ended", "登录已经结束"),
    ] {
        let page = get(nobody.clone(), &format!("/login?left={left}")).await;
        assert!(page.text().contains(said), "{left}");
        // No PIN is asked for of the card that is still in.
        assert!(!page.html.contains("id=\"pin\""), "{left}");
        assert!(page.html.contains("href=\"/login\""), "{left}");
    }
    let page = get(nobody, "/login?left=%3Cscript%3E").await;
    assert!(page.html.contains("id=\"pin\""));
}

#[tokio::test]
async fn a_session_that_a_freeze_ended_says_so() {
    let fake = Fake {
        session: Err(ApiError::new(
            ErrorCode::CardStopped(StateName::Frozen),
            String::from("req-1"),
        )),
        ..Fake::with(Role::LegalPerson, vec![])
    };
    let page = get(fake, "/my-card").await;
    assert_eq!(page.status, 403);
    assert!(
        page.text()
            .contains("您的IC卡状态为“已冻结”，系统已退出登录。")
    );
    assert!(page.text().contains("重新登录"));
}

#[tokio::test]
async fn a_locked_session_shows_nothing_but_the_way_back() {
    let mut session = session(Role::LegalPerson);
    session.locked_until = Some(now());
    let fake = Fake {
        session: Ok(Some(session)),
        ..Fake::with(Role::LegalPerson, vec![row(1, "李示例", CardState::Normal)])
    };
    for path in ["/portal", "/manage", "/manage/renew"] {
        let page = get(fake.clone(), path).await;
        assert!(page.text().contains("系统已锁定，等待法人卡"), "{path}");
        assert!(page.text().contains("2026-11-22 17:43"), "{path}");
        assert!(!page.text().contains("李示例"), "{path}");
        assert!(page.text().contains("退出登录"), "{path}");
    }
}
