//! Proofs from tiles: that a leaf is in a tree (RFC 6962 §2.1.1) and that a
//! tree goes on from an older one (§2.1.2). Making them is ours, since it has
//! to know the tiles; checking them is `ct-merkle`'s.
//!
//! A proof is made twice: once to learn which tiles it needs, once with them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;

use crate::tree::{Hash, TILE_HEIGHT, TILE_WIDTH, Tile, node};

/// Where a tile is: level and index.
pub type TilePosition = (u32, u64);

/// Where an event stands in the log, with the proof of it.
#[derive(Clone, Debug)]
pub struct LogPosition {
    /// Its index in the log, from 0.
    pub index: u64,
    /// The bytes of the event, as [`crate::leaf::LeafHasher::encode`] gives them.
    pub event: Vec<u8>,
    /// The hash of the leaf at that place.
    pub leaf: Hash,
    /// The hashes of the proof of inclusion, one after the other.
    pub proof: Vec<u8>,
}

/// The tiles that proofs are made from, each with the complete subtrees inside
/// of it: the proofs of a page share them.
#[derive(Clone, Debug, Default)]
pub struct Tiles(BTreeMap<TilePosition, Arc<Subtrees>>);

/// The hashes of a tile, and of each height above them the complete subtrees.
type Subtrees = Vec<Vec<Hash>>;

/// Full tiles above the leaves, kept from request to request: they never
/// change, and nearly every proof needs the same few. What is proven with them
/// is proven to the signed root, so a cache can't make a bad event good.
#[derive(Debug, Default)]
pub struct TileCache(Mutex<BTreeMap<TilePosition, Arc<Subtrees>>>);

/// Leaves of the largest tree that is looked at: far more than there can be, and
/// so few that no index of a node overflows.
const MAX_TREE: u64 = 1 << 48;

/// Tiles that are kept, 16 kB each.
const MAX_CACHED: usize = 256;

impl TileCache {
    fn get(&self, place: TilePosition) -> Option<Arc<Subtrees>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&place).cloned()
    }

    fn keep(&self, place: TilePosition, tile: &Arc<Subtrees>) {
        let is_full = tile
            .first()
            .is_some_and(|hashes| hashes.len() == TILE_WIDTH);
        if place.0 == 0 || !is_full {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_CACHED {
            // Any will do: what is needed comes back.
            kept.pop_first();
        }
        kept.insert(place, tile.clone());
    }
}

fn subtrees(hashes: Vec<Hash>) -> Subtrees {
    let mut heights = vec![hashes];
    while let Some(below) = heights.last().filter(|below| below.len() > 1) {
        let pairs = below.as_chunks::<2>().0.iter();
        heights.push(pairs.map(|[left, right]| node(left, right)).collect());
    }
    heights
}

impl Tiles {
    /// Adds tiles.
    pub fn extend(&mut self, tiles: impl IntoIterator<Item = Tile>) {
        let tiles = tiles.into_iter();
        self.0
            .extend(tiles.map(|tile| ((tile.level, tile.index), Arc::new(subtrees(tile.hashes)))));
    }

    /// Takes those of the tiles that are kept, and has those kept that are new.
    pub fn share(&mut self, needed: &BTreeSet<TilePosition>, cache: &TileCache) {
        for place in needed {
            match self.0.get(place) {
                Some(tile) => cache.keep(*place, tile),
                None => {
                    if let Some(tile) = cache.get(*place) {
                        self.0.insert(*place, tile);
                    }
                }
            }
        }
    }

    /// Those that are not there yet.
    pub fn missing(&self, needed: impl IntoIterator<Item = TilePosition>) -> Vec<TilePosition> {
        let mut missing: Vec<_> = needed.into_iter().collect();
        missing.retain(|place| !self.0.contains_key(place));
        missing
    }

    /// The hash of a leaf.
    #[must_use]
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.hash(index, 0)
    }

    /// The root of the complete subtree of this height that begins at `start`.
    fn hash(&self, start: u64, height: u32) -> Option<Hash> {
        let (place, offset) = place(start, height)?;
        let heights = self.0.get(&place)?;
        let inside = heights.get(usize::try_from(height % TILE_HEIGHT).ok()?)?;
        inside.get(offset).copied()
    }
}

/// The tile that has a complete subtree: where it is, and which one of its
/// height in there it is.
fn place(start: u64, height: u32) -> Option<(TilePosition, usize)> {
    let level = height / TILE_HEIGHT;
    let first = start >> (TILE_HEIGHT * level);
    let offset = usize::try_from(first % TILE_WIDTH as u64).ok()?;
    let offset = offset >> (height % TILE_HEIGHT);
    Some(((level, first / TILE_WIDTH as u64), offset))
}

/// What looks up complete subtrees.
type Look<'a> = dyn FnMut(u64, u32) -> Option<Hash> + 'a;

/// The largest power of two below `size`, which is at least 2.
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The root of the leaves from `start` on, so many.
fn root_of(start: u64, size: u64, look: &mut Look<'_>) -> Option<Hash> {
    if size.is_power_of_two() {
        return look(start, size.trailing_zeros());
    }
    let left = split(size);
    let left_hash = root_of(start, left, look)?;
    let right_hash = root_of(start + left, size - left, look)?;
    Some(node(&left_hash, &right_hash))
}

fn path(
    index: u64,
    start: u64,
    size: u64,
    look: &mut Look<'_>,
    proof: &mut Vec<Hash>,
) -> Option<()> {
    if size < 2 {
        return Some(());
    }
    let left = split(size);
    if index < left {
        path(index, start, left, look, proof)?;
        proof.push(root_of(start + left, size - left, look)?);
    } else {
        path(index - left, start + left, size - left, look, proof)?;
        proof.push(root_of(start, left, look)?);
    }
    Some(())
}

/// `whole`: the old tree is a complete subtree of what was looked at so far.
fn continuation(
    old: u64,
    start: u64,
    size: u64,
    whole: bool,
    look: &mut Look<'_>,
    proof: &mut Vec<Hash>,
) -> Option<()> {
    if old == size {
        if !whole {
            proof.push(root_of(start, size, look)?);
        }
        return Some(());
    }
    let left = split(size);
    if old <= left {
        continuation(old, start, left, whole, look, proof)?;
        proof.push(root_of(start + left, size - left, look)?);
    } else {
        continuation(old - left, start + left, size - left, false, look, proof)?;
        proof.push(root_of(start, left, look)?);
    }
    Some(())
}

/// Notes the tiles that are looked at.
fn noting(places: &mut BTreeSet<TilePosition>) -> impl FnMut(u64, u32) -> Option<Hash> {
    |start, height| {
        places.insert(place(start, height)?.0);
        Some(Hash::default())
    }
}

/// The tiles that the proof of a leaf needs, its own included.
#[must_use]
pub fn inclusion_places(index: u64, size: u64) -> BTreeSet<TilePosition> {
    let mut places = BTreeSet::new();
    let mut look = noting(&mut places);
    let _noted = look(index, 0);
    let _noted = path(index, 0, size, &mut look, &mut Vec::new());
    drop(look);
    places
}

/// The proof that the leaf is in the tree; `None` when a tile is missing.
#[must_use]
pub fn inclusion(index: u64, size: u64, tiles: &Tiles) -> Option<Vec<u8>> {
    let mut proof = Vec::new();
    let mut look = |start, height| tiles.hash(start, height);
    path(index, 0, size, &mut look, &mut proof)?;
    Some(proof.concat())
}

/// The tiles that the proof of a continuation needs.
#[must_use]
pub fn continuation_places(old: u64, size: u64) -> BTreeSet<TilePosition> {
    let mut places = BTreeSet::new();
    let mut look = noting(&mut places);
    if old > 0 && old < size {
        let _noted = continuation(old, 0, size, true, &mut look, &mut Vec::new());
    }
    drop(look);
    places
}

/// Whether the tree with `root` goes on from the one with `old_root`, by a
/// proof made of these tiles.
#[must_use]
pub fn goes_on(old: u64, old_root: Hash, size: u64, root: Hash, tiles: &Tiles) -> bool {
    if old == 0 {
        return true;
    }
    if old >= size {
        return old == size && old_root == root;
    }
    let mut proof = Vec::new();
    let mut look = |start, height| tiles.hash(start, height);
    continuation(old, 0, size, true, &mut look, &mut proof).is_some()
        && verify_consistency(old, old_root, size, root, proof.concat())
}

/// Whether `proof` leads from the root of an older tree, which has at least one
/// leaf, to the root of a larger one.
#[must_use]
pub fn verify_consistency(old: u64, old_root: Hash, size: u64, root: Hash, proof: Vec<u8>) -> bool {
    if old == 0 || old > size || size > MAX_TREE {
        return false;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    ConsistencyProof::<Sha256>::try_from_bytes(proof).is_ok_and(|proof| {
        RootHash::<Sha256>::new(root.into(), size)
            .verify_consistency(&RootHash::new(old_root.into(), old), &proof)
            .is_ok()
    })
}

/// Whether `proof` leads from the leaf's bytes to the root.
#[must_use]
pub fn verify_inclusion(bytes: &[u8], index: u64, size: u64, root: Hash, proof: Vec<u8>) -> bool {
    if size > MAX_TREE {
        return false;
    }
    InclusionProof::<Sha256>::try_from_bytes(proof).is_ok_and(|proof| {
        RootHash::<Sha256>::new(root.into(), size)
            .verify_inclusion(&bytes, index, &proof)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{RightEdge, leaf};

    fn bytes(number: u64) -> Vec<u8> {
        number.to_be_bytes().to_vec()
    }

    fn grow(size: u64) -> (RightEdge, Tiles) {
        let (mut edge, mut tiles) = (RightEdge::default(), Tiles::default());
        for number in 0..size {
            let mut full = Vec::new();
            edge.append(leaf(&bytes(number)), |tile| full.push(tile));
            tiles.extend(full);
        }
        tiles.extend(edge.partial());
        (edge, tiles)
    }

    /// Only what was said to be needed.
    fn only(tiles: &Tiles, places: &BTreeSet<TilePosition>) -> Tiles {
        let kept = tiles.0.iter().filter(|(place, _)| places.contains(place));
        Tiles(
            kept.map(|(place, heights)| (*place, heights.clone()))
                .collect(),
        )
    }

    #[test]
    fn proofs_from_the_tiles_that_they_name_convince_ct_merkle() {
        for size in [1, 2, 3, 7, 255, 256, 257, 511, 1000, 65_536, 65_537, 70_001] {
            let (edge, tiles) = grow(size);
            for index in [0, 1, 2, 6, 254, 255, 256, 300, 999, 65_535, 65_536, 70_000] {
                if index >= size {
                    continue;
                }
                let places = inclusion_places(index, size);
                assert!(places.len() < 12, "{places:?}");
                let tiles = only(&tiles, &places);
                let proof = inclusion(index, size, &tiles).unwrap();
                assert_eq!(tiles.leaf(index), Some(leaf(&bytes(index))));
                let good = |bytes: &[u8], index, root| {
                    verify_inclusion(bytes, index, size, root, proof.clone())
                };
                assert!(good(&bytes(index), index, edge.root()), "{index} of {size}");
                assert!(!good(&bytes(index + 1), index, edge.root()));
                assert!(!good(&bytes(index), index, [0; 32]));
                if size > 1 {
                    assert!(!good(&bytes(index), (index + 1) % size, edge.root()));
                }
            }
        }
    }

    #[test]
    fn a_tree_goes_on_from_what_it_was() {
        for (old, size) in [
            (0, 1),
            (1, 2),
            (3, 7),
            (255, 256),
            (256, 257),
            (300, 70_001),
            (65_536, 70_001),
            (70_001, 70_001),
        ] {
            let (before, _) = grow(old);
            let (after, tiles) = grow(size);
            let tiles = only(&tiles, &continuation_places(old, size));
            assert!(
                goes_on(old, before.root(), size, after.root(), &tiles),
                "{old} {size}"
            );
            if old > 0 {
                assert!(!goes_on(old, [1; 32], size, after.root(), &tiles));
                assert!(!goes_on(old, before.root(), size, [1; 32], &tiles));
            }
        }
        assert!(!goes_on(2, [0; 32], 1, [0; 32], &Tiles::default()));
    }

    #[test]
    fn a_proof_at_a_hundred_million_is_below_a_kilobyte() {
        let size = 100_000_000;
        let mut longest = 0;
        for index in [0, 12_345_678, size / 2, size - 1] {
            let mut proof = Vec::new();
            path(index, 0, size, &mut |_, _| Some([0; 32]), &mut proof).unwrap();
            longest = longest.max(proof.concat().len());
        }
        assert_eq!(longest, 27 * 32);
    }
}
