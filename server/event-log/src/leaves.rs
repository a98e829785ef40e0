//! Events as leaves, many of them in one piece of memory: what the store gives
//! to those who read the log from end to end.

use uuid::Uuid;

use crate::leaf::Leaf;

/// Leaves, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct Leaves {
    /// Act and outcome of each.
    texts: String,
    /// The body of each.
    bodies: Vec<u8>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    seq: i64,
    at: i64,
    enterprise: Option<Uuid>,
    actor: Option<Uuid>,
    target: Option<Uuid>,
    /// Where among the texts the act ends, and the outcome.
    act_end: usize,
    outcome_end: usize,
    body_end: usize,
}

impl Leaves {
    /// Adds a leaf behind the others.
    pub fn push(&mut self, leaf: &Leaf<'_>) {
        self.texts.push_str(leaf.act);
        let act_end = self.texts.len();
        self.texts.push_str(leaf.outcome);
        self.bodies.extend_from_slice(leaf.body);
        self.rows.push(Row {
            seq: leaf.seq,
            at: leaf.at,
            enterprise: leaf.enterprise,
            actor: leaf.actor,
            target: leaf.target,
            act_end,
            outcome_end: self.texts.len(),
            body_end: self.bodies.len(),
        });
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number of the last one.
    #[must_use]
    pub fn last_seq(&self) -> Option<i64> {
        self.rows.last().map(|row| row.seq)
    }

    /// Every leaf, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Leaf<'_>> {
        let (mut text, mut body) = (0, 0);
        self.rows.iter().map(move |row| {
            let leaf = Leaf {
                seq: row.seq,
                at: row.at,
                enterprise: row.enterprise,
                actor: row.actor,
                act: self.texts.get(text..row.act_end).unwrap_or_default(),
                target: row.target,
                outcome: self
                    .texts
                    .get(row.act_end..row.outcome_end)
                    .unwrap_or_default(),
                body: self.bodies.get(body..row.body_end).unwrap_or_default(),
            };
            (text, body) = (row.outcome_end, row.body_end);
            leaf
        })
    }
}
