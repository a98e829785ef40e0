//! A service that answers what a test wants, with invented people.

use app::api::{
    ApiError, Backend, ErrorCode,
    history::{
        EventDetail, HistoryPage, HistoryQuery, HistoryRow, PersonView, Receipt, Revealed, Verified,
    },
    many::{ActsDone, ActsProposal},
    model::{
        ActDone, CardDetail, CardPage, CardQuery, CardRow, CertificateView, Challenge, PinSeen,
        Proposal, SessionEnd, SessionTime, SessionView,
    },
    needs::{Counted, Need, Needs},
    operation::{
        CardReport, Eligibility, OperationProposal, OperationReply, OperationTicket, OperationView,
        Operations, SeenReply,
    },
};
use async_trait::async_trait;
use card_domain::{
    Action, CardId, CardNo, CardState, Cause, CertificateStatus, ClientInfo, EventAct,
    EventOutcome, OperationState, OperatorNo, Role, Validity, transition,
};
use card_protocol::{
    PinPolicy,
    bridge::Identity,
    grant::SignedGrant,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use jiff::Timestamp;
use uuid::Uuid;

/// 2026-11-22 17:43 in Beijing.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T09:43:00Z".parse().unwrap()
}

/// An ID number that must never be seen in full.
pub(crate) const SECRET_ID: &str = "11010119900307001X";

/// The answers.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) session: Result<Option<SessionView>, ApiError>,
    /// What needs the legal person.
    pub(crate) needs: Needs,
    pub(crate) page: Result<CardPage, ApiError>,
    pub(crate) card: Result<CardDetail, ApiError>,
    pub(crate) open: Vec<Operations>,
    pub(crate) history: Result<HistoryPage, ApiError>,
    pub(crate) event: Result<EventDetail, ApiError>,
}

impl Fake {
    /// A session of this role, and a list of these rows.
    pub(crate) fn with(role: Role, rows: Vec<CardRow>) -> Self {
        let total = u32::try_from(rows.len()).unwrap();
        Self {
            session: Ok(Some(session(role))),
            needs: Needs {
                cards: Need::ALL.map(|need| (need, Counted::default())).to_vec(),
                lost: Counted::default(),
                frozen: Counted::default(),
                unfinished: 0,
            },
            page: Ok(CardPage {
                rows,
                previous: None,
                next: None,
                total,
                total_is_lower_bound: false,
                any_operator: true,
                most_cards: 50,
            }),
            card: Ok(detail(row(1, "李示例", CardState::Normal))),
            open: Vec::new(),
            history: Ok(HistoryPage {
                rows: vec![history_row(7)],
                previous: None,
                next: None,
                cut_short: false,
                checkpoint: None,
            }),
            event: Ok(event_detail(history_row(7))),
        }
    }
}

/// Who is logged in.
pub(crate) fn session(role: Role) -> SessionView {
    SessionView {
        role,
        enterprise_name: String::from("示例进出口有限公司（演示）"),
        holder_name: String::from("王示范"),
        card_no: CardNo(String::from("8600000000001")),
        ends_at: "2026-11-22T17:43:00Z".parse().unwrap(),
        locked_until: None,
        time: SessionTime {
            seconds: 900,
            end: SessionEnd::Idle,
            is_locked: false,
        },
    }
}

/// A card's row.
pub(crate) fn row(number: u32, holder: &str, state: CardState) -> CardRow {
    let made = state != CardState::NotIssued;
    CardRow {
        id: CardId(Uuid::from_u128(u128::from(number))),
        operator_no: OperatorNo(format!("{number:04}")),
        holder_name: String::from(holder),
        id_number_masked: card_domain::IdNumber::parse(SECRET_ID).unwrap().masked(),
        card_no: made.then(|| CardNo(format!("86000000{number:05}"))),
        state,
        certificate: made.then(|| certificate(CertificateStatus::Good)),
        pin: made.then(|| PinSeen {
            tries_left: 3,
            at: now(),
        }),
        last_login_at: Some(now()),
        renew: Eligibility::Yes { due: false },
        unlock: Eligibility::Yes { due: false },
    }
}

/// A certificate with this status.
pub(crate) fn certificate(status: CertificateStatus) -> CertificateView {
    CertificateView {
        key: None,
        serial: String::from("5f3a00c1d2"),
        validity: Validity {
            not_before: "2016-12-31T16:00:00Z".parse().unwrap(),
            not_after: "2026-12-31T15:59:59Z".parse().unwrap(),
        },
        status,
    }
}

/// Everything about the card of a row.
pub(crate) fn detail(row: CardRow) -> CardDetail {
    let possible = Action::ALL
        .into_iter()
        .filter(|action| transition(row.state, *action, now()).is_ok())
        .collect();
    CardDetail {
        row,
        enterprise_name: String::from("示例进出口有限公司（演示）"),
        role: Role::Operator,
        issued_at: Some("2016-12-31T16:00:00Z".parse().unwrap()),
        chip_id: Some(String::from("0123456789abcdef0123456789abcdef")),
        cause: None,
        possible,
        pin_policy: PinPolicy::default(),
        now: now(),
    }
}

/// A renewal that was signed for and has not begun.
pub(crate) fn open_renewal(holder: &str) -> Operations {
    let card = row(9, holder, CardState::Normal);
    Operations {
        batch: Uuid::from_u128(1),
        action: Action::Renew,
        prepared_at: now(),
        cards: vec![OperationView {
            id: Uuid::from_u128(2),
            card: card.id,
            card_no: card.card_no.unwrap(),
            operator_no: card.operator_no,
            holder_name: card.holder_name,
            state: OperationState::Prepared,
            steps: vec![],
            touched: false,
            problem: None,
            pin: None,
            puk_tries: None,
            certificate: None,
        }],
        pin_policy: PinPolicy::default(),
    }
}

/// A verified 冻结 of the first operator's card.
pub(crate) fn history_row(seq: i64) -> HistoryRow {
    let card = row(1, "李示例", CardState::Normal);
    HistoryRow {
        seq,
        at: now(),
        act: Some(EventAct::Freeze),
        outcome: EventOutcome::Done,
        actor: Some(PersonView {
            card: CardId(Uuid::from_u128(99)),
            role: Role::LegalPerson,
            holder_name: String::from("王示范"),
            card_no: Some(CardNo(String::from("8600000000001"))),
            operator_no: None,
        }),
        target: Some(PersonView {
            card: card.id,
            role: Role::Operator,
            holder_name: card.holder_name,
            card_no: card.card_no,
            operator_no: Some(card.operator_no),
        }),
        signed: true,
        healed: false,
        holds_superseded: false,
        cause: None,
        serials: None,
        verified: Verified::Yes,
    }
}

/// Everything about the event of a row.
pub(crate) fn event_detail(row: HistoryRow) -> EventDetail {
    EventDetail {
        row,
        before: Some(CardState::Normal),
        after: Some(CardState::Frozen {
            since: now(),
            until: None,
        }),
        freeze: None,
        statement: None,
        client: ClientInfo {
            address: String::from("192.0.2.7"),
            terminal: None,
            user_agent: String::from("test"),
            request_id: String::from("r-7"),
        },
        reason: None,
        steps: Vec::new(),
        proof: None,
        enterprise_name: String::from("示例进出口有限公司（演示）"),
        enterprise_code: String::from("91000000DEMO000001"),
        now: now(),
    }
}

fn not_in_this_test<T>() -> Result<T, ApiError> {
    Err(ApiError::new(ErrorCode::Internal, String::from("fake")))
}

#[async_trait]
impl Backend for Fake {
    async fn challenge(&self) -> Result<Challenge, ApiError> {
        not_in_this_test()
    }

    async fn bridge_grant(&self, _nonce: String) -> Result<SignedGrant, ApiError> {
        not_in_this_test()
    }

    async fn login(&self, _token: AuthToken) -> Result<SessionView, ApiError> {
        not_in_this_test()
    }

    async fn logout(&self) -> Result<(), ApiError> {
        not_in_this_test()
    }

    async fn session(&self) -> Result<Option<SessionView>, ApiError> {
        self.session.clone()
    }

    async fn session_time(&self) -> Result<Option<SessionTime>, ApiError> {
        not_in_this_test()
    }

    async fn keep_session(&self) -> Result<SessionTime, ApiError> {
        not_in_this_test()
    }

    async fn lock_session(&self, _at_terminal: bool) -> Result<SessionTime, ApiError> {
        not_in_this_test()
    }

    async fn list_cards(&self, _query: CardQuery) -> Result<CardPage, ApiError> {
        self.page.clone()
    }

    async fn card_needs(&self) -> Result<Needs, ApiError> {
        Ok(self.needs.clone())
    }

    async fn card(&self, _card: CardId) -> Result<CardDetail, ApiError> {
        self.card.clone()
    }

    async fn own_card(&self) -> Result<CardDetail, ApiError> {
        self.card.clone()
    }

    async fn id_number_token(&self, _id_number: String) -> Result<String, ApiError> {
        not_in_this_test()
    }

    async fn propose_act(
        &self,
        _card: CardId,
        _action: Action,
        _cause: Option<Cause>,
        _until: Option<String>,
    ) -> Result<Proposal, ApiError> {
        not_in_this_test()
    }

    async fn commit_act(
        &self,
        _statement: Statement,
        _signature: StatementSignature,
    ) -> Result<ActDone, ApiError> {
        not_in_this_test()
    }

    async fn propose_acts(
        &self,
        _cards: Vec<CardId>,
        _action: Action,
        _cause: Option<Cause>,
        _until: Option<String>,
    ) -> Result<ActsProposal, ApiError> {
        not_in_this_test()
    }

    async fn commit_acts(
        &self,
        _statement: Statement,
        _signature: StatementSignature,
    ) -> Result<ActsDone, ApiError> {
        not_in_this_test()
    }

    async fn propose_operations(
        &self,
        _cards: Vec<CardId>,
        _action: Action,
    ) -> Result<OperationProposal, ApiError> {
        not_in_this_test()
    }

    async fn commit_operations(
        &self,
        _statement: Statement,
        _signature: StatementSignature,
        _second_reader: bool,
    ) -> Result<OperationTicket, ApiError> {
        not_in_this_test()
    }

    async fn operation_next(
        &self,
        _ticket: String,
        _report: CardReport,
    ) -> Result<OperationReply, ApiError> {
        not_in_this_test()
    }

    async fn cancel_operations(&self, _ticket: String) -> Result<Operations, ApiError> {
        not_in_this_test()
    }

    async fn open_operations(&self) -> Result<Vec<Operations>, ApiError> {
        Ok(self.open.clone())
    }

    async fn resume_operations(
        &self,
        _batch: Uuid,
        _second_reader: bool,
    ) -> Result<OperationTicket, ApiError> {
        not_in_this_test()
    }

    async fn unlock_session(&self, _token: AuthToken) -> Result<SessionView, ApiError> {
        not_in_this_test()
    }

    async fn card_seen(&self, _identity: Identity) -> Result<SeenReply, ApiError> {
        not_in_this_test()
    }

    async fn heal_next(&self, _token: String, _report: CardReport) -> Result<SeenReply, ApiError> {
        not_in_this_test()
    }

    async fn history(&self, _query: HistoryQuery) -> Result<HistoryPage, ApiError> {
        self.history.clone()
    }

    async fn event(&self, _seq: i64) -> Result<EventDetail, ApiError> {
        self.event.clone()
    }

    async fn event_receipt(&self, _seq: i64) -> Result<Receipt, ApiError> {
        not_in_this_test()
    }

    async fn reveal_id_number(&self, _card: CardId) -> Result<Revealed, ApiError> {
        not_in_this_test()
    }
}
