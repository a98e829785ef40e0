//! PINs and keys never show: not in debug output of anything that carries them,
//! not in an error.

use card_protocol::{
    Command, Exchange, Limits, Pin, Puk,
    piv::{self, ManagementKey, Touch},
};

/// Every way in which bytes are commonly printed.
pub(crate) fn shows(text: &str, secret: &[u8]) -> bool {
    let join = |separator: &str, format: fn(&u8) -> String| {
        secret
            .iter()
            .map(format)
            .collect::<Vec<_>>()
            .join(separator)
    };
    let upper = text.to_uppercase();
    let hidden_in = [
        join("", |byte| format!("{byte:02X}")),
        join(" ", |byte| format!("{byte:02X}")),
        join(", ", |byte| format!("{byte}")),
        String::from_utf8_lossy(secret).into_owned(),
    ];
    hidden_in.iter().any(|form| upper.contains(form))
}

fn assert_silent(command: &Command, secret: &[u8]) {
    let bytes = command.encode().unwrap();
    assert!(
        shows(&card_protocol::hex::encode(&bytes), secret),
        "the test looks for the right thing"
    );
    let exchange = Exchange::new(command.clone(), Limits::default());
    for text in [
        format!("{command:?}"),
        format!("{bytes:?}"),
        format!("{exchange:?}"),
        format!("{exchange:#?}"),
        format!("{:?}", exchange.step()),
    ] {
        assert!(!shows(&text, secret), "{text}");
    }
}

#[test]
fn commands_do_not_show_their_data() {
    let (pin, puk) = (Pin::new("482913").unwrap(), Puk::new(*b"98765432"));
    let other = Pin::new("00112233").unwrap();
    assert_silent(&piv::verify_pin(&pin), b"482913");
    assert_silent(&piv::change_pin(&pin, &other), b"482913");
    assert_silent(&piv::change_pin(&other, &pin), b"482913");
    assert_silent(&piv::reset_retry_counter(&puk, &pin), b"98765432");
    let key = ManagementKey::Aes256([0xC7; 32]);
    assert_silent(&piv::set_management_key(&key, Touch::Never), &[0xC7; 32]);
    assert!(!shows(&format!("{key:?} {key:#?}"), &[0xC7; 4]));
    assert!(!shows(
        &format!("{pin:?} {pin:#?} {puk:?} {puk:#?}"),
        b"4829"
    ));
}

#[test]
fn secrets_compare_by_value() {
    assert_eq!(Pin::new("482913").unwrap(), Pin::new("482913").unwrap());
    assert_ne!(Pin::new("482913").unwrap(), Pin::new("482914").unwrap());
    assert_ne!(Pin::new("482913").unwrap(), Pin::new("4829130").unwrap());
    assert_ne!(Puk::new(*b"98765432"), Puk::new(*b"98765433"));
    let bytes = ManagementKey::FACTORY;
    assert_eq!(ManagementKey::Aes192(bytes), ManagementKey::Aes192(bytes));
    assert_ne!(
        ManagementKey::Aes192(bytes),
        ManagementKey::TripleDes(bytes)
    );
}
