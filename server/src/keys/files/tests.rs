//! The folder in every state that a crash, a slip or somebody else leaves it in.

use std::{fs, os::unix::fs::PermissionsExt as _};

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use tempfile::TempDir;

use event_log::certificate::CardCertificate;

use super::{
    create::{ADDITIONS, UNFINISHED},
    *,
};
use crate::pki::Subject;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn made() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    create(&keys, "测试CA", now()).unwrap();
    (folder, keys)
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn keys_are_made_once_and_kept_from_others() {
    let (_folder, keys) = made();
    let ring = load(&keys).unwrap();
    for name in FILES {
        let metadata = fs::metadata(keys.join(name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::read_dir(&keys).unwrap().count(), FILES.len());
    assert!(matches!(
        create(&keys, "测试CA", now()),
        Err(KeyFileError::Exists(_))
    ));
    assert_eq!(
        ring.master.as_bytes(),
        load(&keys).unwrap().master.as_bytes()
    );
}

#[test]
fn what_others_could_read_or_change_is_refused() {
    let (_folder, keys) = made();
    for name in FILES {
        let path = keys.join(name);
        let is_secret = name != CA_CERTIFICATE;
        for (bits, is_good) in [
            (0o600, true),
            (0o640, !is_secret),
            (0o604, !is_secret),
            (0o620, false),
            (0o602, false),
        ] {
            mode(&path, bits);
            let loaded = load(&keys);
            assert_eq!(loaded.is_ok(), is_good, "{name} {bits:o}: {loaded:?}");
        }
        mode(&path, 0o600);
        // A link to the very file is one.
        let elsewhere = keys.with_file_name(name);
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(matches!(load(&keys), Err(KeyFileError::Link(_))), "{name}");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(load(&keys), Err(KeyFileError::Kind(_))), "{name}");
        fs::remove_dir(&path).unwrap();
        fs::rename(&elsewhere, &path).unwrap();
    }
    for (bits, is_good) in [(0o755, true), (0o770, false), (0o702, false)] {
        mode(&keys, bits);
        assert_eq!(load(&keys).is_ok(), is_good, "{bits:o}");
    }
}

/// Needs root to give a file away; whoever runs the tests as somebody else sees the
/// same refusal by what belongs to root alone.
#[test]
fn what_belongs_to_another_is_refused() {
    use std::os::unix::fs::chown;
    let (_folder, keys) = made();
    let nobody = 65_534;
    if chown(keys.join(LOG_KEY), Some(nobody), None).is_err() {
        assert!(!rustix::process::geteuid().is_root());
        return;
    }
    assert!(matches!(load(&keys), Err(KeyFileError::OtherOwner(_))));
    // Root reads a folder that is all another's, as for a verification.
    for name in FILES {
        chown(keys.join(name), Some(nobody), None).unwrap();
    }
    chown(&keys, Some(nobody), None).unwrap();
    load(&keys).unwrap();
}

#[test]
fn reading_makes_no_key() {
    for name in FILES {
        let (_folder, keys) = made();
        fs::remove_file(keys.join(name)).unwrap();
        let error = load(&keys).unwrap_err();
        let is_later = [ENROL_KEY, LOG_KEY, WITNESS_KEY].contains(&name);
        assert!(
            match &error {
                KeyFileError::Missing(path) => is_later && path.ends_with(name),
                KeyFileError::Lost(path) => !is_later && path.ends_with(name),
                _ => false,
            },
            "{name}: {error:?}"
        );
        assert!(!keys.join(name).exists(), "{name}");
        // Only what came later can be said to be missing.
        match missing(&keys) {
            Ok(keys_missing) => {
                assert!(is_later);
                assert_eq!(keys_missing.len(), 1);
                create_missing(&keys, &keys_missing).unwrap();
                load(&keys).unwrap();
            }
            Err(error) => assert!(!is_later, "{error}"),
        }
    }
    let empty = TempDir::new().unwrap();
    for path in [empty.path().to_owned(), empty.path().join("none")] {
        assert!(matches!(load(&path), Err(KeyFileError::NoKeys(_))));
    }
}

#[test]
fn making_them_can_be_cut_off_anywhere() {
    let (_folder, keys) = made();
    let whole: Vec<_> = FILES.map(|name| fs::read(keys.join(name)).unwrap()).into();
    for moved in 0..=FILES.len() {
        for written in moved..=FILES.len() {
            // Nothing is moved before all are written.
            if moved > 0 && written < FILES.len() {
                continue;
            }
            let folder = TempDir::new().unwrap();
            let unfinished = folder.path().join(UNFINISHED);
            fs::create_dir(&unfinished).unwrap();
            for (place, (name, bytes)) in FILES.iter().zip(&whole).enumerate().take(written) {
                let to = if place < moved {
                    folder.path()
                } else {
                    &unfinished
                };
                fs::write(to.join(name), bytes).unwrap();
                mode(&to.join(name), 0o600);
            }
            let case = format!("{written} written, {moved} moved");
            let loaded = load(folder.path());
            assert!(matches!(loaded, Err(KeyFileError::Unfinished(_))), "{case}");
            create(folder.path(), "测试CA", now()).unwrap();
            load(folder.path()).unwrap();
            assert!(!unfinished.exists(), "{case}");
            let master = fs::read(folder.path().join(MASTER)).unwrap();
            // What was half moved is one set with what was not yet.
            assert_eq!(master == whole[0], moved > 0, "{case}");
        }
    }
}

/// It was cut off amid the moving, and somebody brought a key from elsewhere.
#[test]
fn what_somebody_put_there_meanwhile_stays() {
    let (_folder, keys) = made();
    let unfinished = keys.join(UNFINISHED);
    fs::create_dir(&unfinished).unwrap();
    for name in [LOG_KEY, WITNESS_KEY] {
        fs::rename(keys.join(name), unfinished.join(name)).unwrap();
    }
    let brought = [7; 32];
    fs::write(keys.join(WITNESS_KEY), brought).unwrap();
    mode(&keys.join(WITNESS_KEY), 0o600);
    let made = fs::read(unfinished.join(WITNESS_KEY)).unwrap();
    for _ in 0..2 {
        let refused = create(&keys, "测试CA", now());
        assert!(
            matches!(&refused, Err(KeyFileError::Exists(path)) if path.ends_with(WITNESS_KEY)),
            "{refused:?}"
        );
        assert_eq!(fs::read(keys.join(WITNESS_KEY)).unwrap(), brought);
        assert_eq!(fs::read(unfinished.join(WITNESS_KEY)).unwrap(), made);
    }
    // Whoever brought it takes it away again.
    fs::remove_file(keys.join(WITNESS_KEY)).unwrap();
    create(&keys, "测试CA", now()).unwrap();
    assert_eq!(fs::read(keys.join(WITNESS_KEY)).unwrap(), made);
    load(&keys).unwrap();
}

/// Making what is missing was cut off: written half, or there and not cleared away.
#[test]
fn what_is_missing_is_made_whole_and_nothing_else_is_touched() {
    for (half, there) in [
        (&[][..], None),
        (&[1, 2, 3][..], None),
        (&[9; 32][..], Some(LOG_KEY)),
    ] {
        let (_folder, keys) = made();
        for name in [LOG_KEY, WITNESS_KEY] {
            fs::remove_file(keys.join(name)).unwrap();
        }
        let additions = keys.join(ADDITIONS);
        fs::create_dir(&additions).unwrap();
        fs::write(additions.join(LOG_KEY), half).unwrap();
        if let Some(name) = there {
            fs::hard_link(additions.join(name), keys.join(name)).unwrap();
            mode(&keys.join(name), 0o600);
        }
        let before: Vec<_> = FILES.map(|name| fs::read(keys.join(name)).ok()).into();
        let lacking = missing(&keys).unwrap();
        assert_eq!(lacking.len(), if there.is_some() { 1 } else { 2 });
        create_missing(&keys, &lacking).unwrap();
        load(&keys).unwrap();
        assert!(!additions.exists());
        for (name, before) in FILES.iter().zip(before) {
            let after = fs::read(keys.join(name)).unwrap();
            assert!(before.is_none_or(|before| before == after), "{name}");
        }
        assert_eq!(missing(&keys).unwrap(), []);
        // What came to be there meanwhile is not overwritten.
        let kept = fs::read(keys.join(LOG_KEY)).unwrap();
        let refused = create_missing(&keys, &[Addition::Log]);
        assert!(
            matches!(refused, Err(KeyFileError::Exists(_))),
            "{refused:?}"
        );
        assert_eq!(fs::read(keys.join(LOG_KEY)).unwrap(), kept);
    }
}

/// As docs/deployment.md has it: another CA issues, the cards of the one before go on.
#[test]
fn another_ca_stands_before_the_old_one() {
    let ((_one, keys), (_two, new)) = (made(), made());
    let before = load(&keys).unwrap();
    let subject = Subject {
        card_no: "1",
        holder_name: "x",
        enterprise_name: "x",
        operator_no: None,
        registered: None,
    };
    let key = crate::pki::generate_key()
        .unwrap()
        .verifying_key()
        .to_sec1_point(false);
    let point = key.as_bytes().try_into().unwrap();
    let card = |ring: &KeyRing| {
        let validity = ring.authority.ten_years_from(now()).unwrap();
        let issued = ring.authority.issue(&subject, &point, validity).unwrap();
        CardCertificate::from_der(&issued.der).unwrap()
    };
    let old_card = card(&before);
    fs::copy(new.join(CA_KEY), keys.join(CA_KEY)).unwrap();
    let [first, second] = [&new, &keys].map(|keys| fs::read(keys.join(CA_CERTIFICATE)).unwrap());
    fs::write(keys.join(CA_CERTIFICATE), [first, second].concat()).unwrap();
    let after = load(&keys).unwrap();
    for card in [&old_card, &card(&after)] {
        after.anchors.check(card, now()).unwrap();
    }
    assert!(before.anchors.check(&card(&after), now()).is_err());
    assert!(after.anchors.has(&before.authority.instance().unwrap()));
}

#[test]
fn a_ca_is_renewed_once_it_has_to_be() {
    let (_folder, keys) = made();
    assert!(matches!(
        renew_ca(&keys, now()),
        Err(KeyFileError::NothingToRenew(_))
    ));
    // A machine without a battery, and one whose clock is a day slow on the CA's first day.
    let begins = load(&keys).unwrap().authority.validity().not_before;
    for wrong in [
        Timestamp::UNIX_EPOCH,
        begins - jiff::SignedDuration::from_secs(1),
    ] {
        let refused = renew_ca(&keys, wrong);
        assert!(
            matches!(refused, Err(KeyFileError::BeforeTheCa(_))),
            "{refused:?}"
        );
    }
    assert!(matches!(
        renew_ca(&keys, begins),
        Err(KeyFileError::NothingToRenew(_))
    ));
    let before = load(&keys).unwrap();
    let later = now().to_zoned(TimeZone::UTC).checked_add(19.years());
    let later = later.unwrap().timestamp();
    fs::write(keys.join("ca.cert.pem.new"), "cut off").unwrap();
    let ends = renew_ca(&keys, later).unwrap();
    let after = load(&keys).unwrap();
    assert_eq!(after.authority.validity().not_after, ends);
    assert!(ends > before.authority.validity().not_after);
    assert_eq!(
        after.authority.instance().unwrap(),
        before.authority.instance().unwrap()
    );
    let pem = fs::read_to_string(keys.join(CA_CERTIFICATE)).unwrap();
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2);
}
