//! The lists: rows, the three kinds of nothing, errors, addresses.

use app::api::{
    ApiError, ErrorCode,
    model::{CardPage, Cursor},
    operation::{CannotOperate, Eligibility},
};
use card_domain::{Action, BeforeLoss, CardState, CertificateStatus, Menu, Role};

use crate::{
    fake::{Fake, SECRET_ID, certificate, now, row},
    http::get,
};

fn every_kind() -> Fake {
    let since = now();
    let mut expiring = row(2, "钱示例", CardState::Normal);
    expiring.certificate = Some(certificate(CertificateStatus::Expiring { days_left: 38 }));
    let mut expired = row(3, "孙示例", CardState::Normal);
    expired.certificate = Some(certificate(CertificateStatus::Expired));
    let mut blocked = row(4, "周示例", CardState::Normal);
    blocked.pin.as_mut().unwrap().tries_left = 0;
    let lost = CardState::Lost {
        from: BeforeLoss::Normal,
        since,
    };
    Fake::with(
        Role::LegalPerson,
        vec![
            row(1, "李示例", CardState::Normal),
            expiring,
            expired,
            blocked,
            row(5, "吴示例", lost),
            row(6, "郑示例", CardState::Frozen { since, until: None }),
            row(7, "冯示例", CardState::NotIssued),
        ],
    )
}

#[tokio::test]
async fn a_list_is_readable_before_wasm_arrives() {
    let page = get(every_kind(), "/manage/history").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for word in [
        "综合查询",
        "退出登录",
        "IC卡号",
        "操作员姓名",
        "卡状态",
        "查询",
        "重置",
        "操作员编号",
        "证书有效期至",
        "最后登录日期",
        "查看",
        "李示例",
        "8600000000001",
        "2026-11-22 17:43",
        "2026-12-31",
        "38 天后过期",
        "已过期",
        "密码已锁定",
        "已挂失",
        "已冻结",
        "未制卡",
        "共 7 条",
        "上一页",
        "下一页",
        "示例进出口有限公司（演示）",
        "王示范",
    ] {
        assert!(text.contains(word), "{word} is missing in:\n{text}");
    }
}

#[tokio::test]
async fn no_page_holds_a_full_id_number() {
    for path in [
        "/manage/freeze",
        "/manage/history",
        "/manage/freeze/00000000-0000-0000-0000-000000000001",
    ] {
        let page = get(every_kind(), path).await;
        assert!(page.html.contains("110*************1X"), "{path}");
        assert!(!page.html.contains(SECRET_ID), "{path}");
        assert!(!page.html.contains("19900307"), "{path}");
    }
}

#[tokio::test]
async fn every_menu_has_its_query_fields() {
    for menu in Menu::ALL {
        let page = get(every_kind(), &format!("/manage/{}", menu.slug())).await;
        let by_state = menu == Menu::History;
        assert!(page.html.contains("name=\"card_no\""), "{menu:?}");
        assert!(page.html.contains("name=\"name\""), "{menu:?}");
        assert_eq!(page.html.contains("name=\"state\""), by_state, "{menu:?}");
        assert_eq!(
            page.html.contains("name=\"id_number\""),
            !by_state,
            "{menu:?}"
        );
    }
}

#[tokio::test]
async fn there_are_three_kinds_of_nothing() {
    let empty = |any_operator| {
        let mut fake = Fake::with(Role::LegalPerson, vec![]);
        fake.page.as_mut().unwrap().any_operator = any_operator;
        fake
    };
    let none = get(empty(false), "/manage/unfreeze").await;
    assert!(none.text().contains("本企业还没有操作员卡"));
    let nothing = get(empty(true), "/manage/unfreeze").await;
    assert!(nothing.text().contains("目前没有状态为“已冻结”的操作员卡"));
    let no_match = get(empty(true), "/manage/unfreeze?card_no=999").await;
    assert!(no_match.text().contains("没有符合查询条件的操作员卡"));
    assert!(no_match.text().contains("清除查询条件"));
    assert!(no_match.html.contains("value=\"999\""));
}

#[tokio::test]
async fn an_error_says_what_to_do_and_names_the_request() {
    let mut fake = every_kind();
    fake.page = Err(ApiError::new(
        ErrorCode::Unavailable,
        String::from("req-4711"),
    ));
    let page = get(fake, "/manage/freeze").await;
    assert_eq!(page.status, 503);
    let text = page.text();
    assert!(text.contains("系统暂时无法读取或保存数据。"));
    assert!(text.contains("重试"));
    assert!(text.contains("req-4711"));
    assert!(text.contains("查询"), "the form stays");
}

#[tokio::test]
async fn query_and_order_stay_in_every_address_of_the_page() {
    let mut fake = every_kind();
    fake.page = Ok(CardPage {
        previous: Some(Cursor(String::from("cHJldg"))),
        next: Some(Cursor(String::from("bmV4dA"))),
        total: 1000,
        total_is_lower_bound: true,
        ..fake.page.unwrap()
    });
    let page = get(
        fake,
        "/manage/freeze?card_no=86&name=%E6%9D%8E&id=dG9r&sort=last_login_asc&after=eA",
    )
    .await;
    let query = "card_no=86&amp;name=%E6%9D%8E&amp;id=dG9r&amp;sort=last_login_asc";
    for address in [
        format!("/manage/freeze?{query}&amp;after=cHJldg"),
        format!("/manage/freeze?{query}&amp;after=bmV4dA"),
        format!("/manage/freeze/00000000-0000-0000-0000-000000000001?{query}&amp;after=eA"),
        String::from(
            "/manage/freeze?card_no=86&amp;name=%E6%9D%8E&amp;id=dG9r&amp;sort=operator_no_asc\"",
        ),
    ] {
        assert!(page.html.contains(&address), "{address}\n{}", page.html);
    }
    assert!(page.html.contains("aria-sort=\"ascending\""));
    assert!(page.text().contains("已按证件编号筛选"));
    assert!(page.text().contains("超过 1000 条"));
}

#[tokio::test]
async fn what_is_called_for_is_marked_and_what_can_t_be_done_says_why() {
    let mut due = row(1, "李示例", CardState::Normal);
    due.renew = Eligibility::Yes { due: true };
    let mut unfinished = row(2, "钱示例", CardState::Normal);
    unfinished.renew = Eligibility::No {
        why: CannotOperate::Unfinished(Action::Renew),
    };
    let fake = Fake::with(Role::LegalPerson, vec![due, unfinished]);
    let page = get(fake.clone(), "/manage/renew").await;
    assert_eq!(page.html.matches("row--due").count(), 1);
    assert_eq!(page.html.matches("data-choose=").count(), 1);
    assert!(page.text().contains("现在不能延期"));
    assert!(page.html.contains("这张卡上一次的延期操作还没有完成。"));
    let page = get(fake.clone(), "/manage/freeze").await;
    // What is unfinished on a card is no reason not to freeze it.
    assert_eq!(page.html.matches("data-choose=").count(), 2);
    assert!(!page.html.contains("row--due"));
    // Whoever sets a PIN is there: nobody unblocks several cards at once.
    let page = get(fake.clone(), "/manage/unlock").await;
    assert!(!page.html.contains("data-choose="));
    let page = get(fake, "/manage/unfreeze").await;
    assert!(!page.html.contains("data-choose="), "they are not frozen");
}
