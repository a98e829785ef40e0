//! What has to hold of any text from outside before it is looked at.

use app::api::ErrorCode;

/// Text from outside: not longer than `most` characters, no control characters.
pub(crate) fn validate_text(text: &str, most: usize) -> Result<(), ErrorCode> {
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(ErrorCode::BadRequest);
    }
    Ok(())
}
