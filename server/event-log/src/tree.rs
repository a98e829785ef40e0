//! The Merkle tree of RFC 6962, kept as tiles of 256 hashes: a tile of level
//! `n` has the hashes of complete subtrees of height 8n. Appending needs the
//! right edge only, which is at most one tile of each level.

use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// What is hashed before a leaf.
pub(crate) const LEAF: u8 = 0;

/// What is hashed before two nodes.
const NODE: u8 = 1;

/// The height of a tile.
pub const TILE_HEIGHT: u32 = 8;

/// Hashes in a full tile.
pub const TILE_WIDTH: usize = 1 << TILE_HEIGHT;

/// The hash of two nodes.
#[must_use]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; 65];
    let (first, rest) = bytes.split_at_mut(1);
    let (start, end) = rest.split_at_mut(32);
    first.fill(NODE);
    start.copy_from_slice(left);
    end.copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// The hash of a leaf's bytes.
#[must_use]
pub fn leaf(bytes: &[u8]) -> Hash {
    Sha256::new_with_prefix([LEAF])
        .chain_update(bytes)
        .finalize()
        .into()
}

/// The root of no events.
#[must_use]
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// The root of a complete subtree with these hashes; their number is a power
/// of two.
fn perfect(hashes: &[Hash]) -> Hash {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[left, right]| node(left, right))
            .collect();
    }
    level.first().copied().unwrap_or_else(empty)
}

/// A tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Its level; 0 has the leaves.
    pub level: u32,
    /// Its place in the level.
    pub index: u64,
    /// At most [`TILE_WIDTH`] hashes.
    pub hashes: Vec<Hash>,
}

/// The right edge of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightEdge {
    size: u64,
    /// Of each level the hashes of its last tile that is not full.
    levels: Vec<Vec<Hash>>,
}

impl RightEdge {
    /// The places of the tiles that [`Self::open`] needs: of each level the
    /// last one, if it is not full.
    #[must_use]
    pub fn places(size: u64) -> Vec<(u32, u64)> {
        let mut places = Vec::new();
        let mut level = 0;
        while size >> (TILE_HEIGHT * level) > 0 {
            let count = size >> (TILE_HEIGHT * level);
            if !count.is_multiple_of(TILE_WIDTH as u64) {
                places.push((level, count / TILE_WIDTH as u64));
            }
            level += 1;
        }
        places
    }

    /// The edge of a tree of this size from its tiles; they may have more
    /// hashes than the size says. `None` when one is missing or too short.
    #[must_use]
    pub fn open(size: u64, tiles: &[Tile]) -> Option<Self> {
        let mut levels = Vec::new();
        let mut level = 0;
        while size >> (TILE_HEIGHT * level) > 0 {
            let count = size >> (TILE_HEIGHT * level);
            let (index, rest) = (count / TILE_WIDTH as u64, count % TILE_WIDTH as u64);
            let hashes = if rest == 0 {
                Vec::new()
            } else {
                let tile = tiles
                    .iter()
                    .find(|tile| (tile.level, tile.index) == (level, index))?;
                let rest = usize::try_from(rest).ok()?;
                tile.hashes.get(..rest)?.to_vec()
            };
            levels.push(hashes);
            level += 1;
        }
        Some(Self { size, levels })
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; tiles that became full are given to `full`.
    pub fn append(&mut self, hash: Hash, mut full: impl FnMut(Tile)) {
        self.size += 1;
        let mut hash = hash;
        let mut level = 0_u32;
        loop {
            let place = level as usize;
            if self.levels.len() == place {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(place) else {
                return;
            };
            hashes.push(hash);
            if hashes.len() < TILE_WIDTH {
                return;
            }
            hash = perfect(hashes);
            full(Tile {
                level,
                index: (self.size >> (TILE_HEIGHT * (level + 1))) - 1,
                hashes: std::mem::take(hashes),
            });
            level += 1;
        }
    }

    /// The tiles that are not full.
    pub fn partial(&self) -> impl Iterator<Item = Tile> {
        self.levels
            .iter()
            .zip(0_u32..)
            .filter(|(hashes, _)| !hashes.is_empty())
            .map(|(hashes, level)| Tile {
                level,
                index: self.size >> (TILE_HEIGHT * (level + 1)),
                hashes: hashes.clone(),
            })
    }

    /// The hash of the whole tree, as a checkpoint has it.
    #[must_use]
    pub fn root(&self) -> Hash {
        // Complete subtrees from left to right, each smaller than the one
        // before: the last two are joined first.
        let mut root = None;
        for hashes in &self.levels {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                // The smallest one is at the end.
                let width = 1 << rest.len().trailing_zeros();
                let (before, subtree) = rest.split_at(rest.len() - width);
                let hash = perfect(subtree);
                root = Some(root.map_or(hash, |right| node(&hash, &right)));
                rest = before;
            }
        }
        root.unwrap_or_else(empty)
    }
}

/// A compact range (transparency-dev/merkle's word): the roots of the complete
/// subtrees of a tree, from left to right. It is what
/// appending and the root need and nothing else, for whoever reads a log from
/// its beginning.
#[derive(Clone, Debug, Default)]
pub struct CompactRange {
    size: u64,
    subtrees: Vec<Hash>,
}

impl CompactRange {
    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf. What has become complete of a tile's height is given to
    /// `tile` with its level and index there.
    pub fn append(&mut self, leaf: Hash, mut tile: impl FnMut(u32, u64, Hash)) {
        let mut hash = leaf;
        let mut height: u32 = 0;
        while self.size >> height & 1 == 1 {
            let Some(left) = self.subtrees.pop() else {
                return;
            };
            hash = node(&left, &hash);
            height += 1;
            if height.is_multiple_of(TILE_HEIGHT) {
                tile(height / TILE_HEIGHT, self.size >> height, hash);
            }
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// The hash of the whole tree, as a checkpoint has it.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev();
        let last = subtrees.next().copied();
        let root = last.map(|last| subtrees.fold(last, |right, left| node(left, &right)));
        root.unwrap_or_else(empty)
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    use super::*;

    #[test]
    fn the_root_is_the_one_of_ct_merkle() {
        let mut judge = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut edge = RightEdge::default();
        assert_eq!(edge.root(), empty());
        let mut tiles: Vec<Tile> = Vec::new();
        let (mut range, mut subtrees) = (CompactRange::default(), Vec::new());
        for number in 0..70_000_u64 {
            let bytes = number.to_be_bytes().to_vec();
            edge.append(leaf(&bytes), |tile| tiles.push(tile));
            range.append(leaf(&bytes), |level, index, hash| {
                subtrees.push((level, index, hash));
            });
            judge.push(bytes);
            if number < 600 || number % 997 == 0 || number > 69_990 {
                let size = number + 1;
                assert_eq!(edge.root().as_slice(), judge.root().as_bytes().as_slice());
                assert_eq!(range.root(), edge.root());
                let mut all = tiles.clone();
                all.extend(edge.partial());
                assert_eq!(RightEdge::open(size, &all), Some(edge.clone()), "{size}");
                for (level, index) in RightEdge::places(size) {
                    let mut all = all.iter();
                    assert!(all.any(|tile| (tile.level, tile.index) == (level, index)));
                }
            }
        }
        assert_eq!(tiles.len(), 70_000 / 256 + 1);
        tiles.extend(edge.partial());
        assert_eq!(subtrees.len(), 70_000 / 256 + 1);
        for (level, index, hash) in subtrees {
            let mut above = tiles.iter();
            let above = above.find(|tile| (tile.level, tile.index) == (level, index / 256));
            let place = usize::try_from(index % 256).unwrap();
            assert_eq!(above.unwrap().hashes[place], hash, "{level} {index}");
        }
        tiles.retain(|tile| tile.hashes.len() == 256);
        assert_eq!(RightEdge::open(70_000, &tiles), None);
    }
}
