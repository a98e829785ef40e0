//! The demo's readers: one or two, as a person plugs them or the settings say.

use card_bridge::reader::{
    ReaderBackend as _,
    demo::{READERS, SoftwareReaders},
};
use card_protocol::CardError;
use serde_json::json;

use crate::gated_bridge::GatedBridge;

const FIRST: &str = READERS[0];
const SECOND: &str = READERS[1];

#[tokio::test]
async fn a_reader_that_is_unplugged_takes_its_card_along() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page().await;
    let mut other = bridge.page().await;
    let now = page.call("watch", json!({})).await.unwrap();
    assert_eq!(now["readers"].as_array().unwrap().len(), 2);
    let insert = json!({ "reader": SECOND, "card": "legal" });
    other.call("virtual_insert", insert.clone()).await.unwrap();
    page.readers(|_| true).await;

    let one = json!({ "count": 1 });
    other.call("virtual_readers", one).await.unwrap();
    let told = page.readers(|_| true).await;
    assert_eq!(told["readers"].as_array().unwrap().len(), 1);
    assert_eq!(told["readers"][0]["name"], FIRST);
    let cards = other.call("virtual_cards", json!({})).await.unwrap();
    assert_eq!(cards["readers"], 2);
    assert_eq!(cards["cards"][0]["reader"], json!(null));
    for (method, params) in [
        ("virtual_insert", insert),
        ("virtual_remove", json!({ "reader": SECOND })),
        ("identify", json!({ "reader": SECOND })),
    ] {
        assert_eq!(other.refused(method, params).await["code"], "no_reader");
    }

    other
        .call("virtual_readers", json!({ "count": 2 }))
        .await
        .unwrap();
    let told = page.readers(|_| true).await;
    assert_eq!(told["readers"][1]["slot"], json!({ "name": "empty" }));
    for count in [0, 3] {
        let refused = other
            .refused("virtual_readers", json!({ "count": count }))
            .await;
        assert_eq!(refused["code"], "no_reader", "{count}");
    }
}

#[test]
fn only_readers_of_the_settings_exist() {
    let folder = tempfile::tempdir().unwrap();
    let offered = |only: &[&str]| {
        let only: Vec<_> = only.iter().map(|&word| word.to_owned()).collect();
        let readers = SoftwareReaders::new(folder.path().to_owned(), &only);
        let now = readers.readers().borrow().clone();
        let names: Vec<_> = now.readers.into_iter().map(|reader| reader.name).collect();
        (readers, names)
    };
    assert_eq!(offered(&[]).1, READERS);
    assert_eq!(offered(&["nobody's", "器 2"]).1, [SECOND]);
    assert_eq!(offered(&["nobody's"]).1, [""; 0]);
    let (readers, _) = offered(&["器 2"]);
    assert_eq!(readers.remove(FIRST), Err(CardError::NoReader));
    assert_eq!(readers.remove(SECOND), Ok(()));
    // There is no second one to plug in.
    assert_eq!(readers.plug(2), Err(CardError::NoReader));
}
