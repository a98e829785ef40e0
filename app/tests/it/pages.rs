//! The other pages, and who gets to see which.

use app::api::{
    ApiError, ErrorCode,
    history::HistoryRow,
    operation::{CannotOperate, Eligibility},
};
use card_domain::{BeforeLoss, CardState, EventAct, EventOutcome, KeyConfirmation, Role};

use crate::{
    fake::{Fake, detail, history_row, now, open_renewal, row, session},
    http::get,
};

const CARD: &str = "00000000-0000-0000-0000-000000000001";

fn legal_person() -> Fake {
    Fake::with(Role::LegalPerson, vec![])
}

fn with_state(state: CardState) -> Fake {
    Fake {
        card: Ok(detail(row(1, "李示例", state))),
        ..legal_person()
    }
}

#[tokio::test]
async fn everybody_is_sent_where_they_belong() {
    let nobody = Fake {
        session: Ok(None),
        ..legal_person()
    };
    let operator = Fake::with(Role::Operator, vec![]);
    let over = Fake {
        session: Err(ApiError::new(ErrorCode::SessionEnded, String::new())),
        ..legal_person()
    };
    for (fake, path, home) in [
        // Nobody is left before an error with a number.
        (&over, "/portal", "/login?left=ended"),
        (&over, "/manage/freeze", "/login?left=ended"),
        (&over, "/my-card", "/login?left=ended"),
        (&nobody, "/", "/login"),
        (&nobody, "/portal", "/login"),
        (&nobody, "/manage", "/login"),
        (&nobody, "/manage/freeze", "/login"),
        (&nobody, "/my-card", "/login"),
        (&operator, "/", "/my-card"),
        (&operator, "/portal", "/my-card"),
        (&operator, "/manage/freeze", "/my-card"),
        (&legal_person(), "/", "/portal"),
        (&legal_person(), "/my-card", "/portal"),
    ] {
        let page = get(fake.clone(), path).await;
        assert_eq!(page.location.as_deref(), Some(home), "{path}");
        assert_eq!(page.status, 302, "{path}");
    }
}

#[tokio::test]
async fn the_portal_leads_to_the_menu() {
    let page = get(legal_person(), "/portal").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("中国电子口岸身份认证系统"));
    assert!(page.text().contains("IC卡自主管理"));
    assert!(page.html.contains("href=\"/manage\""));
    let page = get(legal_person(), "/manage").await;
    let text = page.text();
    for menu in [
        "延期",
        "挂失",
        "解挂",
        "冻结",
        "解冻",
        "解锁",
        "综合查询",
        "退出登录",
    ] {
        assert!(text.contains(menu), "{menu}");
    }
}

#[tokio::test]
async fn the_act_is_offered_where_it_is_possible() {
    let button = |html: &str, word: &str| {
        html.split("<button")
            .skip(1)
            .filter_map(|rest| rest.split_once('>')?.1.split_once("</button>"))
            .any(|(name, _)| name.contains(word))
    };
    let page = get(
        with_state(CardState::Normal),
        &format!("/manage/freeze/{CARD}"),
    )
    .await;
    assert!(button(&page.html, "冻结"));
    for (slug, here) in [("renew", "延期"), ("unlock", "解锁"), ("history", "")] {
        let page = get(
            with_state(CardState::Normal),
            &format!("/manage/{slug}/{CARD}"),
        )
        .await;
        assert_eq!(page.status, 200);
        for act in ["延期", "解锁"] {
            assert_eq!(button(&page.html, act), act == here, "{slug}");
        }
    }
}

#[tokio::test]
async fn an_operation_that_can_t_begin_says_why() {
    let mut card = detail(row(1, "李示例", CardState::Normal));
    card.row.unlock = Eligibility::No {
        why: CannotOperate::PukUnknown,
    };
    let fake = Fake {
        card: Ok(card),
        ..legal_person()
    };
    let page = get(fake, &format!("/manage/unlock/{CARD}")).await;
    assert!(page.text().contains("现在不能解锁"));
    assert!(page.text().contains("请为该操作员重新制卡"));
}

#[tokio::test]
async fn what_is_unfinished_is_named_where_it_can_be_gone_on_with() {
    let fake = Fake {
        open: vec![open_renewal("周示例")],
        ..legal_person()
    };
    for (path, named) in [
        ("/manage", true),
        ("/manage/renew", true),
        ("/manage/unlock", true),
        ("/manage/freeze", false),
    ] {
        let page = get(fake.clone(), path).await;
        assert_eq!(
            page.text()
                .contains("有 1 张卡的延期操作还没有完成：周示例。"),
            named,
            "{path}"
        );
        assert_eq!(page.text().contains("继续办理"), named, "{path}");
    }
}

#[tokio::test]
async fn an_impossible_act_says_why_and_where_to_go() {
    let lost = CardState::Lost {
        from: BeforeLoss::Normal,
        since: now(),
    };
    let page = get(with_state(lost), &format!("/manage/freeze/{CARD}")).await;
    let text = page.text();
    assert!(text.contains("现在不能冻结"));
    assert!(text.contains("请先办理解挂"));
    assert!(page.html.contains(&format!("/manage/cancel-loss/{CARD}")));
    assert!(text.contains("挂失前为“正常”"));
}

#[tokio::test]
async fn back_leads_to_the_list_with_its_query() {
    let page = get(
        legal_person(),
        &format!("/manage/freeze/{CARD}?card_no=86&after=eA"),
    )
    .await;
    assert!(
        page.html
            .contains("href=\"/manage/freeze?card_no=86&amp;after=eA\"")
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_404() {
    let missing = Fake {
        card: Err(ApiError::new(ErrorCode::NotFound, String::from("req-2"))),
        ..legal_person()
    };
    for (fake, path) in [
        (legal_person(), String::from("/nowhere")),
        (legal_person(), String::from("/manage/nothing")),
        (legal_person(), String::from("/manage/freeze/not-a-card")),
        (missing, format!("/manage/freeze/{CARD}")),
    ] {
        assert_eq!(get(fake, &path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_leads_on() {
    let nobody = Fake {
        session: Ok(None),
        ..legal_person()
    };
    let over = Fake {
        session: Err(ApiError::new(
            ErrorCode::SessionEnded,
            String::from("req-3"),
        )),
        ..legal_person()
    };
    let mut locked = session(Role::LegalPerson);
    locked.locked_until = Some(now());
    let locked = Fake {
        session: Ok(Some(locked)),
        ..legal_person()
    };
    let operator = Fake::with(Role::Operator, vec![]);
    for (fake, has_menu, has_bar, home) in [
        (legal_person(), true, true, "/portal"),
        (operator, false, true, "/my-card"),
        (nobody, false, false, "/"),
        (over, false, false, "/"),
    ] {
        let page = get(fake, "/nowhere/freeze").await;
        assert_eq!(page.status, 404, "{home}");
        assert!(page.text().contains("没有找到这个页面"), "{home}");
        assert_eq!(page.html.contains("功能菜单"), has_menu, "{home}");
        assert_eq!(page.text().contains("退出登录"), has_bar, "{home}");
        assert!(!page.html.contains("aria-current"), "{home}");
        let link = format!("<a href=\"{home}\" class=\"button button--primary\">");
        assert!(page.html.contains(&link), "{home}");
    }
    let page = get(locked, "/nowhere").await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("系统已锁定，等待法人卡"));
    assert!(!page.html.contains("功能菜单"));
}

#[tokio::test]
async fn what_an_open_page_is_compared_by_is_marked() {
    let rows = vec![row(1, "李示例", CardState::Normal)];
    let full = Fake::with(Role::LegalPerson, rows);
    for (fake, path, marks) in [
        (&full, String::from("/manage/freeze"), 1),
        (&legal_person(), String::from("/manage/freeze"), 1),
        (&full, format!("/manage/freeze/{CARD}"), 3),
        (&full, format!("/manage/history/{CARD}"), 4),
        (&full, String::from("/portal"), 0),
    ] {
        let page = get(fake.clone(), &path).await;
        assert_eq!(page.html.matches("data-live").count(), marks, "{path}");
    }
}

#[tokio::test]
async fn what_was_healed_says_so() {
    let (list, event) = (
        format!("/manage/history/{CARD}"),
        format!("/manage/history/{CARD}/7"),
    );
    for (outcome, remark) in [
        (EventOutcome::Done, "再次插入该卡时已自动完成"),
        (EventOutcome::Failed, "再次插入该卡时已恢复原状"),
    ] {
        let mut fake = legal_person();
        let row = HistoryRow {
            healed: true,
            outcome,
            ..history_row(7)
        };
        fake.history.as_mut().unwrap().rows = vec![row.clone()];
        fake.event.as_mut().unwrap().row = row;
        for path in [&list, &event] {
            let page = get(fake.clone(), path).await;
            assert!(page.text().contains(remark), "{path}: {}", page.text());
        }
    }
    // A card that holds a superseded certificate has to be written again.
    let mut fake = legal_person();
    let row = HistoryRow {
        act: Some(EventAct::Login),
        holds_superseded: true,
        ..history_row(7)
    };
    fake.history.as_mut().unwrap().rows = vec![row.clone()];
    fake.event.as_mut().unwrap().row = row;
    for path in [&list, &event] {
        let page = get(fake.clone(), path).await;
        assert!(page.text().contains("需要重新写入证书"), "{path}");
    }
    // Of what was not interrupted nothing is remarked.
    for path in [&list, &event] {
        let page = get(legal_person(), path).await;
        assert!(!page.text().contains("办理曾中断"), "{path}");
    }
}

#[tokio::test]
async fn the_record_says_no_more_than_it_knows() {
    let event = format!("/manage/history/{CARD}/7");
    // What was begun is not done; what nobody signed was not signed.
    let mut fake = legal_person();
    fake.event.as_mut().unwrap().row = HistoryRow {
        act: Some(EventAct::RenewBegin),
        signed: false,
        ..history_row(7)
    };
    let page = get(fake, &event).await;
    assert!(page.text().contains("已开始") && !page.text().contains("成功"));
    assert!(page.text().contains("本记录没有法人卡签名"));
    let page = get(legal_person(), &event).await;
    assert!(page.text().contains("成功") && page.text().contains("法人卡签名和防篡改日志"));
    // A record that is not there is no card that is not there.
    let mut fake = legal_person();
    fake.event = Err(ApiError::new(ErrorCode::NotFound, String::new()));
    let page = get(fake, &event).await;
    assert!(page.text().contains("没有找到这个页面"), "{}", page.text());
    // Dates that cross are named.
    let mut fake = legal_person();
    fake.history.as_mut().unwrap().rows.clear();
    let crossed = format!("/manage/history/{CARD}?from=2026-11-25&to=2026-11-20");
    let page = get(fake, &crossed).await;
    assert!(
        page.text().contains("结束日期早于开始日期"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_new_pin_is_held_to_the_rules_of_the_server() {
    let mut operator = Fake::with(Role::Operator, vec![]);
    operator.card.as_mut().unwrap().pin_policy.min_digits = 8;
    let page = get(operator, "/my-card").await;
    assert!(page.html.contains("min_digits&quot;:8"));
}

#[tokio::test]
async fn an_operator_sees_the_own_card() {
    let page = get(Fake::with(Role::Operator, vec![]), "/my-card").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("我的IC卡"));
    assert!(page.text().contains("李示例"));
}

#[tokio::test]
async fn a_card_says_how_its_key_was_confirmed() {
    for (key, said) in [
        (None, "待首次登录确认"),
        (Some(KeyConfirmation::Login), "已由首次登录确认"),
        (Some(KeyConfirmation::Attested), "由卡片证明"),
    ] {
        let mut row = row(1, "李示例", CardState::Normal);
        row.certificate.as_mut().unwrap().key = key;
        let fake = Fake {
            card: Ok(detail(row)),
            ..legal_person()
        };
        let page = get(fake, &format!("/manage/freeze/{CARD}")).await;
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(text.contains("证书密钥") && text.contains(said), "{text}");
    }
}
