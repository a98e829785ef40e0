//! An invented enterprise with a legal person who is logged in, and cards
//! that are made in the way in which the service makes them.

use card_domain::{
    Action, CardId, CardState, EnterpriseId, EventAct, EventOutcome, OperatorNo, StateName,
    transition,
};
use jiff::{SignedDuration, Timestamp};
use server::storage::{
    Act, ActOrNot, ActOutcome, Acts, CardRecord, CertificateDigest, ConfirmOutcome, Holder,
    IdNumberIndex, NewCard, NewEnterprise, NewEvent, NewSession, Nonce, NonceHash, NonceKind,
    SessionOpening, SharedStore, TokenHash,
};
use uuid::Uuid;

use super::{
    enrolment,
    samples::{at, event, signed, unique},
};

/// The enterprise.
#[derive(Clone)]
pub struct EnterpriseFixture {
    /// The store that it is in.
    pub store: SharedStore,
    /// Its key.
    pub id: EnterpriseId,
    /// Its code, which no other has.
    pub code: String,
    /// The card of its legal person.
    pub legal: CardId,
    /// The session of its legal person.
    pub session: TokenHash,
    /// The certificate of its legal person.
    pub legal_certificate: CertificateDigest,
}

impl EnterpriseFixture {
    /// Registers it, makes the legal person's card and logs it in.
    pub async fn new(store: &SharedStore) -> Self {
        let id = EnterpriseId(Uuid::now_v7());
        let code = Uuid::now_v7().simple().to_string();
        let new = NewEnterprise {
            id,
            code: code.clone(),
            name: String::from("示例进出口有限公司"),
        };
        let added = store.add_enterprise(new, event(Some(id), EventAct::AddEnterprise));
        added.await.unwrap();
        let mut enterprise = Self {
            store: store.clone(),
            id,
            code,
            legal: CardId(Uuid::now_v7()),
            session: TokenHash(unique()),
            legal_certificate: CertificateDigest(unique()),
        };
        let legal = enterprise.register(Holder::LegalPerson, "法定代表人").await;
        let certificate = enterprise.make(legal).await;
        enterprise.session = enterprise.log_in(legal, certificate, at(1)).await;
        enterprise.legal = legal;
        enterprise.legal_certificate = certificate;
        enterprise
    }

    /// Registers a person.
    pub async fn register(&self, holder: Holder, name: &str) -> CardId {
        let card = self.person(holder, name);
        let id = card.id;
        let added = self
            .store
            .add_card(card, event(Some(self.id), EventAct::AddCard));
        added.await.unwrap();
        id
    }

    /// A person who can be registered.
    pub fn person(&self, holder: Holder, name: &str) -> NewCard {
        NewCard {
            id: CardId(Uuid::now_v7()),
            enterprise: self.id,
            holder,
            holder_name: String::from(name),
            id_number_cipher: vec![1, 2, 3],
            id_number_index: IdNumberIndex(unique()),
            created_at: at(0),
        }
    }

    /// Registers an operator and makes the card.
    pub async fn operator(&self, number: &str) -> (CardId, CertificateDigest) {
        let holder = Holder::Operator(OperatorNo(String::from(number)));
        let card = self.register(holder, "操作员").await;
        let certificate = self.make(card).await;
        (card, certificate)
    }

    /// Makes a card: begin, hold, confirm.
    pub async fn make(&self, card: CardId) -> CertificateDigest {
        let (enrolment, _token) = self.begin(card).await;
        let certificate = self.hold(enrolment, "issued").await;
        let confirmed = self.confirm(enrolment, certificate).await;
        assert!(
            matches!(confirmed, ConfirmOutcome::Confirmed { .. }),
            "{confirmed:?}"
        );
        certificate
    }

    /// Begins to make a card.
    pub async fn begin(&self, card: CardId) -> (Uuid, TokenHash) {
        enrolment::begin(&self.store, card, event(Some(self.id), EventAct::Enrol)).await
    }

    /// Issues a certificate that is held.
    pub async fn hold(&self, enrolment: Uuid, step: &str) -> CertificateDigest {
        let certificate = (unique().to_vec(), unique().to_vec());
        enrolment::hold(&self.store, enrolment, step, certificate, at(0)).await
    }

    /// Confirms what was read back.
    pub async fn confirm(&self, enrolment: Uuid, certificate: CertificateDigest) -> ConfirmOutcome {
        let card_no = self.store.reserve_card_no().await.unwrap();
        let event = NewEvent {
            at: at(2),
            ..event(Some(self.id), EventAct::Issue)
        };
        enrolment::confirm(&self.store, enrolment, certificate, (card_no, 8), event).await
    }

    /// Tries to log in.
    pub async fn try_log_in(
        &self,
        card: CardId,
        certificate: CertificateDigest,
        now: Timestamp,
    ) -> (TokenHash, SessionOpening) {
        let token = TokenHash(unique());
        let session = NewSession {
            holds_superseded: false,
            token,
            card,
            certificate,
            created_at: now,
            ends_at: now + SignedDuration::from_hours(8),
        };
        let event = event(Some(self.id), EventAct::Login);
        let opening = self.store.open_session(session, event).await.unwrap();
        (token, opening)
    }

    /// Logs in.
    pub async fn log_in(
        &self,
        card: CardId,
        certificate: CertificateDigest,
        now: Timestamp,
    ) -> TokenHash {
        let (token, opening) = self.try_log_in(card, certificate, now).await;
        assert!(
            matches!(opening, SessionOpening::Opened { .. }),
            "{opening:?}"
        );
        token
    }

    /// A proposal's nonce, for a card, or for several (none).
    pub async fn nonce(&self, card: impl Into<Option<CardId>>) -> NonceHash {
        let hash = NonceHash(unique());
        let nonce = Nonce {
            hash,
            kind: NonceKind::Act,
            session: Some(self.session),
            card: card.into(),
            payload: Some(String::from("{\"act\":\"冻结\"}")),
            expires_at: at(10_000_000),
        };
        self.store.put_nonce(nonce).await.unwrap();
        hash
    }

    /// An act that is ready to be done.
    pub async fn prepare(&self, card: CardId, action: Action, now: Timestamp) -> Act {
        let seen = self.card(card).await;
        self.act_on(&seen, action, now).await
    }

    /// An act on a card as somebody saw it.
    pub async fn act_on(&self, seen: &CardRecord, action: Action, now: Timestamp) -> Act {
        let explained = self.store.explain(seen.id).await.unwrap().unwrap();
        Act {
            enterprise: self.id,
            card: seen.id,
            before: seen.state,
            version: seen.version,
            explained,
            after: transition(seen.state, action, now).unwrap(),
            session: self.session,
            signed: signed(self.nonce(seen.id).await),
            at: now,
            event: NewEvent {
                at: now,
                actor: Some(self.legal),
                target: Some(seen.id),
                ..event(Some(self.id), action.into())
            },
        }
    }

    /// Acts on several cards under one signature.
    pub async fn prepare_many(&self, cards: &[CardId], action: Action, now: Timestamp) -> Acts {
        let signed = signed(self.nonce(None).await);
        let mut acts = Vec::new();
        for card in cards {
            let act = Act {
                signed: signed.clone(),
                ..self.prepare(*card, action, now).await
            };
            let refused = NewEvent {
                outcome: EventOutcome::Refused,
                ..act.event.clone()
            };
            acts.push(ActOrNot { act, refused });
        }
        Acts(acts)
    }

    /// Does an act.
    pub async fn act(&self, card: CardId, action: Action, now: Timestamp) {
        let act = self.prepare(card, action, now).await;
        let outcome = self.store.apply_act(act).await.unwrap();
        assert!(matches!(outcome, ActOutcome::Done { .. }), "{outcome:?}");
    }

    /// A card as it is now.
    pub async fn card(&self, card: CardId) -> CardRecord {
        self.store.card(self.id, card).await.unwrap()
    }

    /// The state of a card now.
    pub async fn state(&self, card: CardId) -> CardState {
        self.card(card).await.state
    }

    /// How many events of this act there are.
    pub async fn count_events(&self, act: EventAct) -> usize {
        let (mut count, mut before) = (0, None);
        loop {
            let events = self.store.events(self.id, None, before, 1000).await;
            let events = events.unwrap();
            let Some(last) = events.last() else {
                return count;
            };
            before = Some(last.seq);
            count += events
                .iter()
                .filter(|event| event.act == act.name())
                .count();
        }
    }

    /// The name of the state of a card now.
    pub async fn state_name(&self, card: CardId) -> StateName {
        self.state(card).await.name()
    }
}
