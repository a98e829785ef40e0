//! What is done on the card, 延期 and 解锁, is two events: one when it begins, under the
//! legal person's signature, and one when it ends, under the same, days later perhaps.

/// The ends with their beginnings, by the codes of their acts.
const OPERATIONS: [(&str, &str); 2] = [("renew", "renew_begin"), ("unlock", "unlock_begin")];

/// Whether an event of this act ends an operation.
#[must_use]
pub fn is_end(act: &str) -> bool {
    beginning_of(act).is_some()
}

/// Whether an event of this act begins an operation.
#[must_use]
pub fn is_beginning(act: &str) -> bool {
    OPERATIONS.into_iter().any(|(_, begins)| begins == act)
}

/// The act of the event that begins the operation that this act ends.
#[must_use]
pub fn beginning_of(act: &str) -> Option<&'static str> {
    let mut operations = OPERATIONS.into_iter();
    operations
        .find(|(ends, _)| *ends == act)
        .map(|(_, begins)| begins)
}

/// What the legal person signed for an event of this act: of a beginning its operation,
/// of every other act itself.
#[must_use]
pub fn signed_act(act: &str) -> &str {
    let mut operations = OPERATIONS.into_iter();
    operations
        .find(|(_, begins)| *begins == act)
        .map_or(act, |(ends, _)| ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_a_beginning_and_an_end() {
        for (end, beginning) in OPERATIONS {
            assert!(is_end(end) && !is_beginning(end));
            assert!(is_beginning(beginning) && !is_end(beginning));
            assert_eq!(beginning_of(end), Some(beginning));
            assert_eq!((signed_act(end), signed_act(beginning)), (end, end));
        }
        for act in ["freeze", "enrol_begin", "issue", ""] {
            assert!(!is_end(act) && !is_beginning(act), "{act}");
            assert_eq!(signed_act(act), act);
        }
    }
}
