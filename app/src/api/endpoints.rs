//! Every call of the contract, declared once: its address, its name, what it
//! takes and what it answers. The table is read three times: as the trait that
//! the service implements ([`Backend`](super::Backend)), as the server functions
//! of a rendered page ([`server_fns`](super::calls)) with the list that the
//! server checks requests against, and as the browser's functions over one POST
//! (`client`). The argument names are the keys of the JSON body.

/// Hands the table to the macro that is named.
macro_rules! endpoints {
    ($with:ident) => {
        $with! {
            /// A new login challenge. It stands in a cookie of this browser too:
            /// a token made in one browser is no use in another.
            "/api/challenge" challenge() -> model::Challenge;

            /// The grant with which a page may use the bridge of its machine: over
            /// the `nonce` that this bridge gave out, for the session if there is
            /// one, else for a login.
            "/api/bridge/grant" bridge_grant(nonce: String) -> SignedGrant;

            /// Checks a login token and opens a session, whose cookie comes with
            /// the answer.
            "/api/login" login(token: AuthToken) -> SessionView;

            /// Ends the session and removes its cookie. Works without one, too.
            "/api/logout" logout() -> ();

            /// Who is logged in, if anybody. A session that was ended by a freeze
            /// or a loss is an error that says so, not an absence.
            "/api/session" session() -> Option<SessionView>;

            /// The legal-person card is back: a login token of the session's own
            /// card, over a challenge of `challenge`, ends the session's lock.
            "/api/session/unlock" unlock_session(token: AuthToken) -> SessionView;

            /// How long the session goes on; nothing without one. It is not in use by
            /// this.
            "/api/session/time" session_time() -> Option<model::SessionTime>;

            /// Somebody is there: the session is in use now.
            "/api/session/keep" keep_session() -> model::SessionTime;

            /// The card that logged in was taken out: the session is locked from now
            /// on, for a little while at a terminal and a longer one elsewhere. One
            /// that is locked already stays as it is.
            "/api/session/lock" lock_session(at_terminal: bool) -> model::SessionTime;

            /// A page of the enterprise's operator cards. For the legal person.
            "/api/cards/list" list_cards(query: CardQuery) -> CardPage;

            /// What needs the legal person, in numbers. For the legal person.
            "/api/cards/needs" card_needs() -> Needs;

            /// One operator card of the enterprise. For the legal person.
            "/api/cards/detail" card(card: CardId) -> CardDetail;

            /// The card of the session itself. For both roles.
            "/api/cards/own" own_card() -> CardDetail;

            /// The opaque search token of a 证件编号, so that the number itself
            /// never stands in an address. For the legal person.
            "/api/cards/id-token" id_number_token(id_number: String) -> String;

            /// 显示: the full 证件编号 of a card, which is an event itself; if that
            /// can't be written, nothing is shown. The legal person may see that
            /// of every card of the enterprise, an operator that of the own card.
            "/api/cards/reveal" reveal_id_number(card: CardId) -> Revealed;

            /// Checks that an act is possible and makes the statement to be signed. With
            /// `cause`, of 挂失 and 冻结, the statement says why; its words are put into
            /// their normal form. [`CauseWords`](super::ErrorCode::CauseWords) when they
            /// can't be signed. A 冻结 with `until` (`2026-12-05`) ends by itself with that
            /// day in Beijing; [`FreezeEnd`](super::ErrorCode::FreezeEnd) when it can't.
            "/api/acts/propose" propose_act(
                card: CardId,
                action: Action,
                cause: Option<Cause>,
                until: Option<String>
            ) -> Proposal;

            /// Does the act that was proposed, if the legal-person card of this
            /// session signed exactly its statement.
            "/api/acts/commit" commit_act(
                statement: Statement,
                signature: StatementSignature
            ) -> ActDone;

            /// The same for several cards: one statement over all that can be acted on.
            /// [`Refused`](super::ErrorCode::Refused) when none can be.
            "/api/acts/propose-many" propose_acts(
                cards: Vec<CardId>,
                action: Action,
                cause: Option<Cause>,
                until: Option<String>
            ) -> ActsProposal;

            /// Does the acts that were proposed, if the legal-person card of this session
            /// signed exactly their statement. In one transaction each card is changed
            /// that still is as it was then; of the others the answer and the record say
            /// that they were not.
            "/api/acts/commit-many" commit_acts(
                statement: Statement,
                signature: StatementSignature
            ) -> ActsDone;

            /// 延期 or 解锁: checks the cards and makes one statement for all that
            /// can be done. 解锁 takes one card. Fails with
            /// [`CannotOperate`](super::ErrorCode::CannotOperate) when none can be.
            "/api/operations/propose" propose_operations(
                cards: Vec<CardId>,
                action: Action
            ) -> OperationProposal;

            /// Begins what was proposed, if the legal-person card of this session
            /// signed exactly its statement. A card on which somebody else began
            /// an operation meanwhile is left out (single: an error). Unless there
            /// is a second reader, the session is locked from here on.
            "/api/operations/commit" commit_operations(
                statement: Statement,
                signature: StatementSignature,
                second_reader: bool
            ) -> OperationTicket;

            /// Goes on: tells what happened at the reader and learns what to do
            /// next. Works in a locked session.
            /// [`TicketVoid`](super::ErrorCode::TicketVoid) when the ticket is
            /// unknown, too old, or another session's; what it left is then
            /// finished by `card_seen` or `resume_operations`.
            "/api/operations/next" operation_next(
                ticket: String,
                report: CardReport
            ) -> OperationReply;

            /// 取消: gives up what was not written yet and voids the ticket. What
            /// may be on a card already stays open, and its next insertion
            /// completes it.
            "/api/operations/cancel" cancel_operations(ticket: String) -> Operations;

            /// The enterprise's operations that are not finished, newest first.
            "/api/operations/open" open_operations() -> Vec<Operations>;

            /// A new ticket for what is left of a batch; the old one is void.
            "/api/operations/resume" resume_operations(
                batch: Uuid,
                second_reader: bool
            ) -> OperationTicket;

            /// A card was inserted, on any page, logged in or not: what `identify`
            /// said. Learns the tries of its PIN, and completes or rolls back what
            /// an interruption left.
            "/api/insertions/seen" card_seen(identity: Identity) -> SeenReply;

            /// Goes on with what
            /// [`Healing::Run`](super::operation::Healing::Run) said. Every report
            /// may be sent twice.
            "/api/insertions/heal" heal_next(token: String, report: CardReport) -> SeenReply;

            /// 综合查询: a page of the enterprise's events, each verified for this
            /// answer. For the legal person.
            "/api/history/list" history(query: HistoryQuery) -> HistoryPage;

            /// Everything about one event of the enterprise. For the legal person.
            "/api/history/event" event(seq: i64) -> EventDetail;

            /// 凭证二维码 of one event: its proof as a QR code, which is an export and an
            /// event itself. [`ReceiptTooLong`](super::ErrorCode::ReceiptTooLong) when no
            /// code holds it. For the legal person.
            "/api/history/receipt" event_receipt(seq: i64) -> Receipt;
        }
    };
}
pub(super) use endpoints;
