//! The dynamic authentication template `7C` of GENERAL AUTHENTICATE
//! (SP 800-73-4 part 2 table 7): drops what the applet trips over.

/// Mutual authentication ends with a command that carries witness (`80`) and
/// challenge (`81`), and in SP 800-73-4 part 2 appendix A.1 also an empty
/// response (`82 00`) that asks for one. The applet refuses that last part; it
/// says nothing that the other two don't, so it is left out. Everything else
/// passes as it is.
pub(super) fn without_empty_response(data: &[u8]) -> Vec<u8> {
    strip(data).unwrap_or_else(|| data.to_vec())
}

fn strip(data: &[u8]) -> Option<Vec<u8>> {
    // These are short: 2 × (2 + 16) + 2 bytes at most, so lengths of one byte.
    let (&[tag, length], body) = data.split_first_chunk()?;
    if tag != 0x7C || usize::from(length) != body.len() || length > 0x7F {
        return None;
    }
    let mut kept = Vec::new();
    let (mut witness, mut challenge, mut empty) = (false, false, false);
    let mut rest = body;
    while !rest.is_empty() {
        let (&[tag, length], tail) = rest.split_first_chunk()?;
        let (value, after) = tail.split_at_checked(usize::from(length))?;
        if tag == 0x82 && value.is_empty() {
            empty = true;
        } else {
            witness |= tag == 0x80 && !value.is_empty();
            challenge |= tag == 0x81 && !value.is_empty();
            kept.extend_from_slice(&[tag, length]);
            kept.extend_from_slice(value);
        }
        rest = after;
    }
    (witness && challenge && empty).then(|| {
        let length = u8::try_from(kept.len()).unwrap_or(u8::MAX);
        [&[0x7C, length], kept.as_slice()].concat()
    })
}

#[cfg(test)]
mod tests {
    use super::without_empty_response;

    #[test]
    fn the_empty_response_of_mutual_authentication_goes() {
        assert_eq!(
            without_empty_response(&[0x7C, 8, 0x80, 1, 7, 0x81, 1, 8, 0x82, 0]),
            [0x7C, 6, 0x80, 1, 7, 0x81, 1, 8]
        );
    }

    #[test]
    fn everything_else_stays() {
        for data in [
            &[0x7C, 5, 0x82, 0, 0x81, 1, 8][..],
            &[0x7C, 2, 0x80, 0],
            &[0x7C, 6, 0x80, 1, 7, 0x81, 1, 8],
            &[0x7C, 9, 0x80],
            &[0x7C],
            &[],
        ] {
            assert_eq!(without_empty_response(data), data);
        }
    }
}
