//! Names that read otherwise than they are written don't come in; one that is there
//! from before does not change how a signed text reads.

use card_domain::{IdNumber, OperatorNo};
use serde_json::json;
use server::{
    admin::{self, AdminError, Import, ImportError, Person as NewPerson},
    storage::Holder,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{CODE, TestServer, begin, statement},
};

on_both!(
    a_name_that_reads_otherwise_is_refused_at_every_door,
    one_of_before_is_signed_as_it_is_written,
    a_person_is_registered_in_one_form,
);

/// An override, a zero-width space, a mark of order, a separator, a letter that
/// shows nothing.
const BAD: [&str; 5] = [
    "李四\u{202e}7100",
    "李\u{200b}四",
    "李四\u{feff}二",
    "李四\u{2028}企业名称：别的企业",
    "李\u{3164}四",
];

async fn a_name_that_reads_otherwise_is_refused_at_every_door(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let (store, keys) = (server.store.as_ref(), &server.keys.id_numbers);
    let count = server.events(1000).await.len();
    let number = IdNumber::parse("11010119900307001X").unwrap();
    for name in BAD {
        let refused = admin::add_enterprise(store, begin(), "91000000TEST000009", name).await;
        assert!(
            matches!(refused, Err(AdminError::NotLegible("name"))),
            "{name}"
        );
        for holder in [
            Holder::LegalPerson,
            Holder::Operator(OperatorNo("0950".into())),
        ] {
            let person = NewPerson {
                holder,
                name,
                id_number: &number,
            };
            let refused = admin::add_person(store, keys, begin(), CODE, &person).await;
            let error = refused.unwrap_err();
            assert!(matches!(error, AdminError::NotLegible("name")), "{name}");
            // It may be personal, and it may not come onto a terminal.
            assert!(!error.to_string().contains(name), "{error}");
        }
        let enterprise = |enterprise: &str, person: &str| -> Import {
            let json = json!({ "enterprises": [{
                "code": "91000000TEST000008",
                "name": enterprise,
                "operators": [{
                    "operator_no": "0951",
                    "name": person,
                    "id_number": "11010119900307001X",
                }],
            }] });
            serde_json::from_value(json).unwrap()
        };
        for import in [enterprise(name, "李四"), enterprise("导入企业", name)] {
            let refused = import.run(store, keys, begin()).await.unwrap_err();
            let ImportError::Admin { source, .. } = refused else {
                panic!("{refused}");
            };
            assert!(matches!(source, AdminError::NotLegible("name")), "{name}");
        }
    }
    assert_eq!(server.events(1000).await.len(), count);
    for (number_of, name) in ["阿卜杜拉·买买提", "𠮷田 太郎", "Zoë"].iter().enumerate()
    {
        let holder = Holder::Operator(OperatorNo(format!("096{number_of}")));
        let person = NewPerson {
            holder,
            name,
            id_number: &number,
        };
        let added = admin::add_person(store, keys, begin(), CODE, &person).await;
        assert!(added.is_ok(), "{name}");
    }
}

async fn a_person_is_registered_in_one_form(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let (store, keys) = (server.store.as_ref(), &server.keys.id_numbers);
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let number = IdNumber::parse("１１０１０１－１９９００３０７ 001x").unwrap();
    for (place, (written, registered)) in [
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        (" 阿卜杜拉・\u{3000} 买买提\t", "阿卜杜拉· 买买提"),
        ("Ｚｏｅ\u{308}", "Zoë"),
        ("\u{f9d1}明", "六明"),
    ]
    .into_iter()
    .enumerate()
    {
        let holder = Holder::Operator(OperatorNo(format!("Ａ\u{2013}97{place}")));
        let person = NewPerson {
            holder,
            name: written,
            id_number: &number,
        };
        let card = admin::add_person(store, keys, begin(), CODE, &person).await;
        let record = store.card(server.enterprise, card.unwrap()).await.unwrap();
        assert_eq!(record.holder_name, registered, "{written}");
        assert_eq!(
            record.holder.operator_no().unwrap().0,
            format!("A-97{place}")
        );
    }
    // An enterprise's name is what its papers say, to the letter.
    let refused = admin::add_enterprise(store, begin(), "91000000TEST000009", "Zoe\u{308}").await;
    assert!(matches!(refused, Err(AdminError::NotLegible("name"))));
    // Asked however it is written, all four are found by their 证件编号.
    for asked in ["11010119900307001X", "110101 19900307 001ｘ\t"] {
        let body = json!({ "id_number": asked });
        let token = client.call("/api/cards/id-token", body).await.good();
        let query = json!({ "menu": "history", "id_token": token, "state": "all" });
        let page = client
            .call("/api/cards/list", json!({ "query": query }))
            .await
            .good();
        assert_eq!(page["rows"].as_array().unwrap().len(), 4, "{page}");
    }
}

async fn one_of_before_is_signed_as_it_is_written(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let holder = Holder::Operator(OperatorNo(String::from("0001")));
    let name = "李四\u{202e}7100\u{200b}";
    let operator = server.person_from_before(holder, name).await;
    let browser = legal.log_in(server.origin()).await;
    let propose = [
        (
            "/api/acts/propose",
            json!({ "card": operator.card, "action": "freeze" }),
        ),
        (
            "/api/operations/propose",
            json!({ "cards": [operator.card], "action": "renew" }),
        ),
    ];
    for (path, body) in propose {
        let signed = statement(&browser.call(path, body).await.good());
        let shown = "操作员姓名：李四〔U+202E〕7100〔U+200B〕\n";
        assert!(signed.text.contains(shown), "{}", signed.text);
    }
    // And can be done: a card is not out of reach for its holder's name.
    legal.act(&browser, operator.card, "freeze").await.good();
}
