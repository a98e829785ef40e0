//! The Merkle log: its head, its tiles and its checkpoints.

use event_log::tree::{Hash, Tile};

use crate::storage::{
    InFlight, LeafTile, LogAppend, LogHead, SqlStore, StoreError, connection::Connection,
    database::WriteQuery, error::corrupt, row::Row, value::arguments,
};

/// How many tiles are looked at for one event: those whose numbers reach
/// around it. More than one only where writes committed out of order.
const MAX_TILES_AROUND: u32 = 8;

impl SqlStore {
    /// How far the log is.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn log_head(&self) -> Result<LogHead, StoreError> {
        let row = self
            .fetch(
                "SELECT size, settled FROM log_head WHERE id = 1",
                arguments![],
            )
            .await?;
        let row = row.ok_or(corrupt("log_head"))?;
        Ok(LogHead {
            size: row.get("size")?,
            settled: row.get("settled")?,
        })
    }

    /// Those of the tiles that are there, by level and index.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn log_tiles(&self, places: &[(u32, u64)]) -> Result<Vec<Tile>, StoreError> {
        let mut reader = self.reader().await?;
        let connection = &mut reader.connection();
        let mut tiles = Vec::with_capacity(places.len());
        for (level, index) in places {
            let row = connection
                .fetch(
                    "SELECT hashes FROM log_tiles WHERE level = $1 AND tile = $2",
                    arguments![*level, int(*index)?],
                )
                .await?;
            if let Some(row) = row {
                tiles.push(Tile {
                    level: *level,
                    index: *index,
                    hashes: hashes(&row)?,
                });
            }
        }
        Ok(tiles)
    }

    /// Tiles of level 0 by their hashes, from an index on, each with its index.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn leaf_hash_tiles(&self, first: u64, limit: u32) -> Result<Vec<Tile>, StoreError> {
        let rows = self
            .fetch_all(
                "SELECT tile, hashes FROM log_tiles WHERE level = 0 AND tile >= $1 \
                 ORDER BY tile LIMIT $2",
                arguments![int(first)?, limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Tile {
                    level: 0,
                    index: row.get("tile")?,
                    hashes: hashes(row)?,
                })
            })
            .collect()
    }

    /// Tiles of level 0 by their events, from an index on.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn leaf_tiles(&self, first: u64, limit: u32) -> Result<Vec<LeafTile>, StoreError> {
        let rows = self
            .fetch_all(
                "SELECT tile, seqs FROM log_leaves WHERE tile >= $1 ORDER BY tile LIMIT $2",
                arguments![int(first)?, limit],
            )
            .await?;
        rows.iter().map(leaf_tile).collect()
    }

    /// Tiles that have an event after this number.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn leaf_tiles_after(&self, seq: i64) -> Result<Vec<LeafTile>, StoreError> {
        let rows = self
            .fetch_all(
                "SELECT tile, seqs FROM log_leaves WHERE last_seq > $1 ORDER BY last_seq",
                arguments![seq],
            )
            .await?;
        rows.iter().map(leaf_tile).collect()
    }

    /// The tile that has this event.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn leaf_tile_of(&self, seq: i64) -> Result<Option<LeafTile>, StoreError> {
        let mut reader = self.reader().await?;
        let connection = &mut reader.connection();
        let mut after = seq - 1;
        for _ in 0..MAX_TILES_AROUND {
            let row = connection
                .fetch(
                    "SELECT tile, seqs, last_seq FROM log_leaves \
                     WHERE last_seq > $1 AND first_seq <= $2 ORDER BY last_seq LIMIT 1",
                    arguments![after, seq],
                )
                .await?;
            let Some(row) = row else { return Ok(None) };
            let tile = leaf_tile(&row)?;
            if tile.seqs.contains(&seq) {
                return Ok(Some(tile));
            }
            after = row.get("last_seq")?;
        }
        Ok(None)
    }

    /// The newest signed checkpoint.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn newest_checkpoint(&self) -> Result<Option<String>, StoreError> {
        let row = self
            .fetch(
                "SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1",
                arguments![],
            )
            .await?;
        row.map(|row| row.get("note")).transpose()
    }

    /// Checkpoints of trees larger than `after`, with the sizes under which they
    /// are kept, the smallest first.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn checkpoints(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let rows = self
            .fetch_all(
                "SELECT size, note FROM log_checkpoints WHERE size > $1 ORDER BY size LIMIT $2",
                arguments![int(after)?, limit],
            )
            .await?;
        rows.iter()
            .map(|row| Ok((row.get("size")?, row.get("note")?)))
            .collect()
    }

    /// Which writes of events may still commit.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn events_in_flight(&self) -> Result<InFlight, StoreError> {
        let mut reader = self.reader().await?;
        let connection = &mut reader.connection();
        let row = connection
            .fetch(
                "SELECT seq FROM events ORDER BY seq DESC LIMIT 1",
                arguments![],
            )
            .await?;
        Ok(InFlight {
            newest: row.map_or(Ok(0), |row| row.get("seq"))?,
            transactions: connection.writers_of_events().await?,
        })
    }

    /// Gives events their places. False, and nothing written, when the log is not
    /// of the size that the caller saw.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn append_log(&self, append: LogAppend) -> Result<bool, StoreError> {
        self.write(Append(append)).await
    }
}

/// A place or size of the log as the databases have it.
fn int(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_range| corrupt("a place in the log"))
}

/// The hashes of a tile.
fn hashes(row: &Row) -> Result<Vec<Hash>, StoreError> {
    let bytes: &[u8] = row.get("hashes")?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() {
        Ok(hashes.to_vec())
    } else {
        Err(corrupt("log_tiles.hashes"))
    }
}

/// Reads a tile of level 0 by its events.
fn leaf_tile(row: &Row) -> Result<LeafTile, StoreError> {
    let bytes: &[u8] = row.get("seqs")?;
    let (seqs, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(corrupt("log_leaves.seqs"));
    }
    Ok(LeafTile {
        tile: row.get("tile")?,
        seqs: seqs.iter().map(|seq| i64::from_be_bytes(*seq)).collect(),
    })
}

/// Gives events their places.
struct Append(LogAppend);

impl WriteQuery for Append {
    type Output = bool;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<bool, StoreError> {
        let append = &self.0;
        // Whoever comes second finds another size, and nothing is written.
        let ours = connection
            .execute(
                "UPDATE log_head SET size = $2, settled = $3 WHERE id = 1 AND size = $1",
                arguments![
                    int(append.before)?,
                    int(append.head.size)?,
                    append.head.settled
                ],
            )
            .await?;
        if ours != 1 {
            return Ok(false);
        }
        for leaves in &append.leaves {
            let first = leaves.seqs.iter().min().copied();
            let last = leaves.seqs.iter().max().copied();
            let seqs: Vec<u8> = leaves
                .seqs
                .iter()
                .flat_map(|seq| seq.to_be_bytes())
                .collect();
            connection
                .execute(
                    "INSERT INTO log_leaves (tile, seqs, first_seq, last_seq) \
                     VALUES ($1, $2, $3, $4) ON CONFLICT (tile) DO UPDATE \
                     SET seqs = excluded.seqs, first_seq = excluded.first_seq, \
                     last_seq = excluded.last_seq",
                    arguments![int(leaves.tile)?, &seqs, first, last],
                )
                .await?;
        }
        for tile in &append.tiles {
            let hashes = tile.hashes.concat();
            connection
                .execute(
                    "INSERT INTO log_tiles (level, tile, hashes) VALUES ($1, $2, $3) \
                     ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes",
                    arguments![tile.level, int(tile.index)?, &hashes],
                )
                .await?;
        }
        connection
            .execute(
                "INSERT INTO log_checkpoints (size, note) VALUES ($1, $2)",
                arguments![int(append.head.size)?, &append.checkpoint],
            )
            .await?;
        Ok(true)
    }
}
