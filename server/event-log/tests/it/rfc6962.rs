//! RFC 6962 hashing and proofs against the vectors of transparency-dev/merkle,
//! good ones and those that have to be refused.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use event_log::{
    proof::{verify_consistency, verify_inclusion},
    tree::{CompactRange, Hash, RightEdge, empty, leaf, node},
};
use serde::Deserialize;

/// The leaves of the vectors' trees; the files have their hashes alone.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

#[derive(Deserialize)]
struct Vectors<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    file: String,
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    file: String,
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

fn bytes(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap()
}

/// A hash of the vectors; those of another length can't be written down here,
/// and are cases that have to be refused.
fn hash(base64: &str) -> Option<Hash> {
    bytes(base64).try_into().ok()
}

fn proof(hashes: Option<Vec<String>>) -> Vec<u8> {
    let hashes = hashes.unwrap_or_default();
    hashes.iter().flat_map(|hash| bytes(hash)).collect()
}

/// An element that is no hash vanishes when hashes stand one after the other.
fn is_whole(hashes: Option<&Vec<String>>) -> bool {
    hashes.is_none_or(|hashes| hashes.iter().all(|element| hash(element).is_some()))
}

#[test]
fn hashes_are_those_of_the_vectors() {
    // transparency-dev/merkle 417fb0c3, rfc6962/rfc6962_test.go.
    let hex = |hash: Hash| card_protocol::hex::encode(&hash);
    assert_eq!(
        hex(empty()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(
        hex(leaf(b"")),
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
    assert_eq!(
        hex(leaf(b"L123456")),
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    );
    assert_ne!(
        node(&leaf(b"1"), &leaf(b"2")),
        node(&leaf(b"2"), &leaf(b"1"))
    );
}

#[test]
fn proofs_of_inclusion_are_judged_as_elsewhere() {
    let vectors: Vectors<Inclusion> =
        serde_json::from_str(include_str!("vectors/rfc6962_inclusion.json")).unwrap();
    let (mut accepted, mut refused, mut hash_only) = (0, 0, 0);
    for case in vectors.cases {
        let leaf_of_case = hash(&case.leaf_hash);
        let known = LEAVES
            .iter()
            .find(|bytes| Some(leaf(bytes)) == leaf_of_case);
        let (Some(leaf), Some(root), true) =
            (known, hash(&case.root), is_whole(case.proof.as_ref()))
        else {
            // Not to be written down with our types: made-up hashes without a
            // leaf below them, or of another length.
            hash_only += 1;
            continue;
        };
        let found = verify_inclusion(leaf, case.leaf_idx, case.tree_size, root, proof(case.proof));
        assert_eq!(found, !case.want_err, "{}", case.file);
        if found {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert_eq!((accepted, refused, hash_only), (5, 62, 31));
}

#[test]
fn proofs_of_consistency_are_judged_as_elsewhere() {
    let vectors: Vectors<Consistency> =
        serde_json::from_str(include_str!("vectors/rfc6962_consistency.json")).unwrap();
    let (mut accepted, mut refused, mut no_hash) = (0, 0, 0);
    for case in vectors.cases {
        let (Some(root1), Some(root2), true) = (
            hash(&case.root1),
            hash(&case.root2),
            is_whole(case.proof.as_ref()),
        ) else {
            no_hash += 1;
            continue;
        };
        let found = verify_consistency(case.size1, root1, case.size2, root2, proof(case.proof));
        assert_eq!(found, !case.want_err, "{}", case.file);
        if found {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert_eq!((accepted, refused, no_hash), (5, 66, 27));
}

/// The roots of the vectors' trees, size by size: both our trees have them.
#[test]
fn roots_are_those_of_the_vectors() {
    let vectors: Vectors<Consistency> =
        serde_json::from_str(include_str!("vectors/rfc6962_consistency.json")).unwrap();
    let (mut edge, mut range) = (RightEdge::default(), CompactRange::default());
    let mut compared = 0;
    for (bytes, size) in LEAVES.iter().zip(1_u64..) {
        edge.append(leaf(bytes), |_full| {});
        range.append(leaf(bytes), |_, _, _| {});
        assert_eq!(edge.root(), range.root());
        for case in vectors.cases.iter().filter(|case| !case.want_err) {
            // One case has made-up roots that are equal.
            if case.file.contains("additional") {
                continue;
            }
            for (of, root) in [(case.size1, &case.root1), (case.size2, &case.root2)] {
                if of == size {
                    assert_eq!(hash(root), Some(edge.root()), "{}", case.file);
                    compared += 1;
                }
            }
        }
    }
    assert!(compared >= 8, "{compared}");
}
