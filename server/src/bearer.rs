//! Bearer secrets: whoever shows one has its rights. A session's, a ticket's and an
//! administrator's token are random, stored as a hash, and end in a tag of the master
//! key over what their row says that they may do. So a row alone opens nothing:
//! whoever writes to the database can neither make up one that counts nor give an
//! own one other rights.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use card_domain::{CardId, EnterpriseId, Role};
use jiff::Timestamp;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    digest::sha256,
    keys::{KeyError, MasterKey},
    random,
    storage::TokenHash,
};

/// Random bytes of a secret.
const RANDOM: usize = 32;
/// Bytes of the tag.
const TAG: usize = 32;
/// Characters of both in base64url.
const ENCODED: usize = (RANDOM + TAG) * 4 / 3 + 1;

/// What the row of a bearer secret says that it may do: everything that decides it,
/// in one unambiguous row of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rights(Vec<u8>);

impl Rights {
    /// Those of a session: whose it is, as what, from when and until when.
    pub(crate) fn of_session(
        card: CardId,
        enterprise: EnterpriseId,
        role: Role,
        life: [Timestamp; 2],
    ) -> Self {
        Self::of(b"session")
            .with(card.0.as_bytes())
            .with(enterprise.0.as_bytes())
            .with(role.name().as_bytes())
            .during(life)
    }

    /// Those of a ticket: for which batch, in which session of which enterprise, until
    /// when.
    pub(crate) fn of_ticket(
        batch: Uuid,
        enterprise: EnterpriseId,
        session: &TokenHash,
        ends_at: Timestamp,
    ) -> Self {
        Self::of(b"ticket")
            .with(batch.as_bytes())
            .with(enterprise.0.as_bytes())
            .with(&session.0)
            .until(ends_at)
    }

    /// Those of an administrator's token, with what it is for and whose cards it makes.
    pub(crate) fn of_admin_token(
        note: &str,
        life: [Timestamp; 2],
        enterprise: Option<EnterpriseId>,
    ) -> Self {
        let rights = Self::of(b"administrator's token")
            .with(note.as_bytes())
            .during(life);
        match enterprise {
            Some(enterprise) => rights.with(enterprise.0.as_bytes()),
            None => rights,
        }
    }

    fn of(purpose: &[u8]) -> Self {
        Self(Vec::new()).with(purpose)
    }

    /// Adds a value, with its length before it.
    fn with(mut self, value: &[u8]) -> Self {
        // Nothing that is kept in a row has 4 GB.
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }

    /// Adds when it was made and when it ends.
    fn during(self, life: [Timestamp; 2]) -> Self {
        life.into_iter().fold(self, Self::until)
    }

    /// Adds a time, as the store keeps it.
    fn until(self, time: Timestamp) -> Self {
        self.with(&time.as_microsecond().to_be_bytes())
    }
}

/// A bearer secret as somebody shows it, or as it was just made.
#[derive(Clone)]
pub(crate) struct Bearer(Zeroizing<String>);

impl Bearer {
    /// A new one with these rights; `prefix` says to its reader what it is.
    ///
    /// # Errors
    ///
    /// [`KeyError::Random`], [`KeyError::Derivation`]
    pub(crate) fn new(master: &MasterKey, prefix: &str, rights: &Rights) -> Result<Self, KeyError> {
        let random = Zeroizing::new(random::bytes::<RANDOM>()?);
        let tag = master.bearer_tag(&random, &rights.0)?;
        let bytes = Zeroizing::new([random.as_slice(), tag.as_slice()].concat());
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()));
        Ok(Self(Zeroizing::new(format!(
            "{prefix}{}",
            encoded.as_str()
        ))))
    }

    /// What somebody shows.
    pub(crate) fn shown(secret: &str) -> Self {
        Self(Zeroizing::new(secret.to_owned()))
    }

    /// The secret itself, for its bearer and nobody else.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// By what its row is found.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(sha256(self.0.as_bytes()))
    }

    /// Whether a server made it with these rights, which its row says.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub(crate) fn has(&self, master: &MasterKey, rights: &Rights) -> Result<bool, KeyError> {
        let Some((random, tag)) = self.parts() else {
            return Ok(false);
        };
        let expected = master.bearer_tag(&random, &rights.0)?;
        Ok(bool::from(expected.as_slice().ct_eq(tag.as_slice())))
    }

    /// The random bytes and the tag; `None` of what is none of ours.
    fn parts(&self) -> Option<(Zeroizing<[u8; RANDOM]>, [u8; TAG])> {
        let encoded = self.0.len().checked_sub(ENCODED)?;
        let bytes = URL_SAFE_NO_PAD.decode(self.0.get(encoded..)?).ok()?;
        let bytes = Zeroizing::new(bytes);
        let (random, tag) = bytes.split_first_chunk::<RANDOM>()?;
        Some((Zeroizing::new(*random), tag.try_into().ok()?))
    }
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Bearer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master() -> MasterKey {
        MasterKey::from_bytes([7; 32])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn session(role: Role, ends_at: i64) -> Rights {
        let (card, enterprise) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let life = [at(1), at(ends_at)];
        Rights::of_session(CardId(card), EnterpriseId(enterprise), role, life)
    }

    #[test]
    fn a_bearer_has_the_rights_that_it_was_made_with() {
        let rights = session(Role::Operator, 9);
        let made = Bearer::new(&master(), "", &rights).unwrap();
        let shown = Bearer::shown(made.secret());
        assert!(shown.has(&master(), &rights).unwrap());
        assert_eq!(shown.hash(), made.hash());
        for more in [session(Role::LegalPerson, 9), session(Role::Operator, 10)] {
            assert!(!shown.has(&master(), &more).unwrap());
        }
        let other = MasterKey::from_bytes([8; 32]);
        assert!(!shown.has(&other, &rights).unwrap());
    }

    #[test]
    fn what_no_server_made_has_no_rights() {
        let rights = Rights::of_admin_token("for a test", [at(1), at(2)], None);
        let made = Bearer::new(&master(), "ic-admin-", &rights).unwrap();
        assert!(made.secret().starts_with("ic-admin-"));
        assert!(made.has(&master(), &rights).unwrap());
        let short = &made.secret()[1..];
        assert!(Bearer::shown(short).has(&master(), &rights).unwrap());
        for made_up in ["", "abc", &"A".repeat(ENCODED), &"é".repeat(ENCODED)] {
            assert!(!Bearer::shown(made_up).has(&master(), &rights).unwrap());
        }
    }

    #[test]
    fn no_two_rights_are_the_same_bytes() {
        let life = [at(1), at(2)];
        let one = Rights::of(b"a").with(b"bc").during(life);
        let two = Rights::of(b"ab").with(b"c").during(life);
        assert_ne!(one, two);
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let made = Bearer::new(&master(), "", &session(Role::Operator, 9)).unwrap();
        assert_eq!(format!("{made:?}"), "Bearer(…)");
    }
}
