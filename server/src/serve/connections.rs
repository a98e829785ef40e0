//! All connections of a listener: how many there are, and which one makes room when
//! there are too many.
//!
//! Room is made by whoever is of the least use: what never sent a whole request before
//! what is idle, that before what does not move; among these a connection of the client
//! that has most of them, and of its the oldest. Only where every connection is at work
//! is a new one refused. So half-sent requests, however many, keep nobody out.

use std::{
    cmp::Reverse,
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{
    connection::{Connection, Overdue},
    limits::Limits,
};
use crate::client::Client;

/// All connections.
#[derive(Debug)]
pub(super) struct Connections {
    limits: Limits,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Open>,
    of: HashMap<Client, usize>,
}

#[derive(Debug)]
struct Open {
    client: Client,
    connection: Arc<Connection>,
}

/// A connection's place among them, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    number: u64,
    connections: Arc<Connections>,
    /// What it is doing.
    pub(super) connection: Arc<Connection>,
}

/// What became of a new connection.
#[derive(Debug)]
pub(super) enum Admission {
    /// It has a slot; for `true`, another connection made room.
    Admitted(Slot, bool),
    /// Every other one is at work.
    Full,
}

impl Connections {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            table: Mutex::default(),
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a new connection its slot.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr, now: Instant) -> Admission {
        let client = Client::from(peer);
        let mut table = self.table();
        let has = table.of.get(&client).copied().unwrap_or_default();
        let is_limited = !self.limits.http.stands_for_many(peer);
        let mut made_room = false;
        if is_limited && has >= self.limits.of_a_client {
            made_room = table.make_room(now, Some(client));
            if !made_room {
                return Admission::Full;
            }
        }
        if table.open.len() >= self.limits.all {
            made_room = table.make_room(now, None);
            if !made_room {
                return Admission::Full;
            }
        }
        let connection = Arc::new(Connection::new(now));
        let number = table.put(client, connection.clone());
        drop(table);
        let slot = Slot {
            number,
            connections: self.clone(),
            connection,
        };
        Admission::Admitted(slot, made_room)
    }

    /// Has so many connections make room, or as many as can: the system has no
    /// descriptors left. Gives how many did.
    pub(super) fn make_room(&self, most: usize, now: Instant) -> usize {
        let mut table = self.table();
        (0..most).take_while(|_| table.make_room(now, None)).count()
    }

    /// Cuts what struck one of these limits, which are shorter at a stop; gives which.
    pub(super) fn cut_overdue(&self, now: Instant, limits: &Limits) -> Vec<Overdue> {
        let mut table = self.table();
        let overdue: Vec<(u64, Overdue)> = table
            .open
            .iter()
            .filter_map(|(number, open)| {
                let overdue = open.connection.overdue(now, limits)?;
                Some((*number, overdue))
            })
            .collect();
        for (number, _) in &overdue {
            table.cut(*number);
        }
        overdue.into_iter().map(|(_, overdue)| overdue).collect()
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.table().open.len()
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl Table {
    fn put(&mut self, client: Client, connection: Arc<Connection>) -> u64 {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        *self.of.entry(client).or_default() += 1;
        self.open.insert(number, Open { client, connection });
        number
    }

    fn take(&mut self, number: u64) -> Option<Open> {
        let open = self.open.remove(&number)?;
        if let Some(count) = self.of.get_mut(&open.client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.of.remove(&open.client);
            }
        }
        Some(open)
    }

    fn cut(&mut self, number: u64) {
        if let Some(open) = self.take(number) {
            open.connection.cut();
        }
    }

    /// Cuts the one of the least use, of all or of one client's.
    fn make_room(&mut self, now: Instant, among: Option<Client>) -> bool {
        let candidates = self.open.iter().filter_map(|(number, open)| {
            if among.is_some_and(|client| client != open.client) {
                return None;
            }
            let (worth, since) = open.connection.worth(now)?;
            let has = self.of.get(&open.client).copied().unwrap_or_default();
            Some(((worth, Reverse(has), since), *number))
        });
        let Some((_, number)) = candidates.min() else {
            return false;
        };
        self.cut(number);
        true
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // Whoever was cut has no slot any more.
        let _open = self.connections.table().take(self.number);
    }
}
