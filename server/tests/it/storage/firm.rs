//! An invented enterprise with a legal person who is logged in, and cards
//! that are made in the way in which the service makes them.

use card_domain::{Action, CardId, CardState, EnterpriseId, OperatorNo, StateName, transition};
use card_protocol::piv::ChipId;
use jiff::{SignedDuration, Timestamp};
use server::storage::{
    Act, ActOutcome, CardRecord, CertificateDigest, ClientInfo, ConfirmOutcome, Confirmation,
    EnrolmentStart, Holder, IdNumberIndex, ListQuery, NewCard, NewCertificate, NewEnrolment,
    NewEnterprise, NewEvent, NewSession, Nonce, NonceHash, NonceKind, Order, Outcome,
    SavedEnrolment, SessionOpening, SharedStore, SignedStatement, TokenHash,
};
use uuid::Uuid;

/// The time of a test, in seconds after an invented beginning.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// 32 bytes that nothing else has.
pub(crate) fn unique() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// An event without much in it.
pub(crate) fn event(firm: Option<EnterpriseId>, act: &'static str) -> NewEvent {
    NewEvent {
        at: at(0),
        enterprise: firm,
        actor: None,
        act,
        target: None,
        outcome: Outcome::Done,
        statement: None,
        client: ClientInfo {
            address: String::from("192.0.2.7"),
            terminal: None,
            user_agent: String::from("test"),
            request_id: Uuid::now_v7().to_string(),
        },
        detail: None,
        facts: None,
    }
}

/// A first page with nothing asked for.
pub(crate) fn everything(order: Order) -> ListQuery {
    ListQuery {
        states: Vec::new(),
        card_no_prefix: None,
        name_contains: None,
        id_number: None,
        order,
        cursor: None,
        page_size: 20,
        count_limit: 1000,
    }
}

/// The enterprise.
#[derive(Clone)]
pub(crate) struct Firm {
    pub(crate) store: SharedStore,
    pub(crate) id: EnterpriseId,
    pub(crate) code: String,
    pub(crate) legal: CardId,
    pub(crate) session: TokenHash,
    pub(crate) legal_certificate: CertificateDigest,
}

impl Firm {
    /// Registers it, makes the legal person's card and logs it in.
    pub(crate) async fn new(store: &SharedStore) -> Self {
        let id = EnterpriseId(Uuid::now_v7());
        let code = Uuid::now_v7().simple().to_string();
        let enterprise = NewEnterprise {
            id,
            code: code.clone(),
            name: String::from("示例进出口有限公司"),
        };
        let added = store.add_enterprise(enterprise, event(Some(id), "add_enterprise"));
        added.await.unwrap();
        let mut firm = Self {
            store: store.clone(),
            id,
            code,
            legal: CardId(Uuid::now_v7()),
            session: TokenHash(unique()),
            legal_certificate: CertificateDigest(unique()),
        };
        let legal = firm.register(Holder::LegalPerson, "法定代表人").await;
        let certificate = firm.make(legal).await;
        firm.session = firm.log_in(legal, certificate, at(1)).await;
        firm.legal = legal;
        firm.legal_certificate = certificate;
        firm
    }

    /// Registers a person.
    pub(crate) async fn register(&self, holder: Holder, name: &str) -> CardId {
        let card = self.person(holder, name);
        let id = card.id;
        let added = self.store.add_card(card, event(Some(self.id), "add_card"));
        added.await.unwrap();
        id
    }

    /// A person who can be registered.
    pub(crate) fn person(&self, holder: Holder, name: &str) -> NewCard {
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
    pub(crate) async fn operator(&self, number: &str) -> (CardId, CertificateDigest) {
        let holder = Holder::Operator(OperatorNo(String::from(number)));
        let card = self.register(holder, "操作员").await;
        let certificate = self.make(card).await;
        (card, certificate)
    }

    /// Makes a card: begin, hold, confirm.
    pub(crate) async fn make(&self, card: CardId) -> CertificateDigest {
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
    pub(crate) async fn begin(&self, card: CardId) -> (Uuid, TokenHash) {
        let (id, token) = (Uuid::now_v7(), TokenHash(unique()));
        let enrolment = NewEnrolment {
            id,
            enterprise: self.id,
            card,
            token,
            step: String::from("begun"),
            payload: String::from("{}"),
            created_at: at(0),
            expires_at: at(600),
        };
        let begun = self
            .store
            .begin_enrolment(enrolment, event(Some(self.id), "enrol"))
            .await;
        assert_eq!(begun.unwrap(), EnrolmentStart::Begun);
        (id, token)
    }

    /// Issues a certificate that is held.
    pub(crate) async fn hold(&self, enrolment: Uuid, step: &str) -> CertificateDigest {
        let sha256 = CertificateDigest(unique());
        let certificate = NewCertificate {
            id: Uuid::now_v7(),
            serial: unique().to_vec(),
            der: vec![0x30, 0x00],
            sha256,
            created_at: at(0),
        };
        let step = SavedEnrolment {
            id: enrolment,
            before: String::from("begun"),
            step: String::from(step),
            payload: String::from("{}"),
        };
        assert!(
            self.store
                .hold_certificate(step, certificate)
                .await
                .unwrap()
        );
        sha256
    }

    /// Confirms what was read back.
    pub(crate) async fn confirm(
        &self,
        enrolment: Uuid,
        certificate: CertificateDigest,
    ) -> ConfirmOutcome {
        let confirmation = Confirmation {
            enrolment,
            certificate,
            card_no: self.store.reserve_card_no().await.unwrap(),
            chip_id: ChipId(*Uuid::now_v7().as_bytes()),
            pin_tries: Some(8),
            at: at(2),
            event: event(Some(self.id), "issue"),
        };
        self.store.confirm_enrolment(confirmation).await.unwrap()
    }

    /// Tries to log in.
    pub(crate) async fn try_log_in(
        &self,
        card: CardId,
        certificate: CertificateDigest,
        now: Timestamp,
    ) -> (TokenHash, SessionOpening) {
        let token = TokenHash(unique());
        let session = NewSession {
            token,
            card,
            certificate,
            created_at: now,
            ends_at: now + SignedDuration::from_hours(8),
        };
        let event = event(Some(self.id), "login");
        let opening = self.store.open_session(session, event).await.unwrap();
        (token, opening)
    }

    /// Logs in.
    pub(crate) async fn log_in(
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

    /// A proposal's nonce.
    pub(crate) async fn nonce(&self, card: CardId) -> NonceHash {
        let hash = NonceHash(unique());
        let nonce = Nonce {
            hash,
            kind: NonceKind::Act,
            session: Some(self.session),
            card: Some(card),
            payload: Some(String::from("{\"act\":\"冻结\"}")),
            expires_at: at(10_000_000),
        };
        self.store.put_nonce(nonce).await.unwrap();
        hash
    }

    /// An act that is ready to be done.
    pub(crate) async fn prepare(&self, card: CardId, action: Action, now: Timestamp) -> Act {
        let seen = self.card(card).await;
        self.act_on(&seen, action, now).await
    }

    /// An act on a card as somebody saw it.
    pub(crate) async fn act_on(&self, seen: &CardRecord, action: Action, now: Timestamp) -> Act {
        Act {
            enterprise: self.id,
            card: seen.id,
            before: seen.state,
            version: seen.version,
            after: transition(seen.state, action, now).unwrap(),
            session: self.session,
            nonce: self.nonce(seen.id).await,
            at: now,
            event: NewEvent {
                at: now,
                actor: Some(self.legal),
                target: Some(seen.id),
                statement: Some(SignedStatement {
                    text: String::from("同意冻结"),
                    structured: String::from("{}"),
                    signature: vec![7; 64],
                    certificate: CertificateDigest([3; 32]),
                    nonce: None,
                    origin: None,
                }),
                ..event(Some(self.id), action.name())
            },
        }
    }

    /// Does an act.
    pub(crate) async fn act(&self, card: CardId, action: Action, now: Timestamp) {
        let act = self.prepare(card, action, now).await;
        let outcome = self.store.apply_act(act).await.unwrap();
        assert!(matches!(outcome, ActOutcome::Done { .. }), "{outcome:?}");
    }

    /// A card as it is now.
    pub(crate) async fn card(&self, card: CardId) -> CardRecord {
        self.store.card(self.id, card).await.unwrap()
    }

    /// The state of a card now.
    pub(crate) async fn state(&self, card: CardId) -> CardState {
        self.card(card).await.state
    }

    /// How many events of this act there are.
    pub(crate) async fn count_events(&self, act: &str) -> usize {
        let (mut count, mut before) = (0, None);
        loop {
            let events = self.store.events(self.id, None, before, 1000).await;
            let events = events.unwrap();
            let Some(last) = events.last() else {
                return count;
            };
            before = Some(last.seq);
            count += events.iter().filter(|event| event.act == act).count();
        }
    }

    /// The name of the state of a card now.
    pub(crate) async fn state_name(&self, card: CardId) -> StateName {
        self.state(card).await.name()
    }
}
