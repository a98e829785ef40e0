//! The transport that the applet leaves to its host: command chaining and GET
//! RESPONSE (ISO/IEC 7816-4 sections 5.3.3 and 5.3.4), short and extended
//! lengths. It knows nothing of PIV.

use iso7816::{Status, command::CommandView, command::FromSliceError};

use crate::response::Response;

/// What a chain may gather. The applet keeps no object as large as this.
const MAX_CHAINED: usize = 16 * 1024;
/// What one answer to a command with short lengths may carry.
const MAX_SHORT: usize = 256;
const INS_GET_RESPONSE: u8 = 0xC0;
/// The bit of CLA that says "more of this command follows".
const CLA_CHAINING: u8 = 0x10;

/// A command whose chain is complete. Not `Debug`: it may hold a PIN.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// CLA without the chaining bit, INS, P1, P2.
    pub(crate) header: [u8; 4],
    /// The command data of the whole chain.
    pub(crate) data: Vec<u8>,
}

/// The state between two APDUs. Power off and reset start with a new one.
#[derive(Default)]
pub(crate) struct Transport {
    chain: Option<Command>,
    pending: Vec<u8>,
}

impl Transport {
    /// Takes a raw APDU, runs the command once it is complete, and gives the
    /// raw answer.
    pub(crate) fn exchange(
        &mut self,
        apdu: &[u8],
        run: impl FnOnce(&Command) -> Response,
    ) -> Vec<u8> {
        let view = match CommandView::try_from(apdu) {
            Ok(view) => view,
            Err(FromSliceError::InvalidClass) => return refuse(Status::ClaNotSupported),
            Err(_) => return refuse(Status::WrongLength),
        };
        let &[cla, ins, p1, p2, ..] = apdu else {
            return refuse(Status::WrongLength);
        };
        let chaining = cla & CLA_CHAINING != 0;
        if ins == INS_GET_RESPONSE && !chaining {
            return self.get_response(expected(&view));
        }
        self.pending.clear();

        let header = [cla & !CLA_CHAINING, ins, p1, p2];
        let mut command = match self.chain.take() {
            Some(chain) if chain.header == header => chain,
            // A different command ends an unfinished chain (7816-4 5.3.3).
            _ => Command {
                header,
                data: Vec::new(),
            },
        };
        if command.data.len() + view.data().len() > MAX_CHAINED {
            return refuse(Status::NotEnoughMemory);
        }
        command.data.extend_from_slice(view.data());
        if chaining {
            self.chain = Some(command);
            return refuse(Status::Success);
        }

        let response = run(&command);
        let limit = expected(&view);
        if response.data.len() <= limit {
            return response.into_bytes();
        }
        self.pending = response.data;
        self.get_response(limit)
    }

    fn get_response(&mut self, limit: usize) -> Vec<u8> {
        if self.pending.is_empty() {
            return refuse(Status::ConditionsOfUseNotSatisfied);
        }
        let rest = self.pending.split_off(limit.min(self.pending.len()));
        let data = std::mem::replace(&mut self.pending, rest);
        let status = if self.pending.is_empty() {
            Status::Success
        } else {
            // 00 stands for "256 or more".
            Status::MoreAvailable(u8::try_from(self.pending.len()).unwrap_or(0))
        };
        Response {
            data,
            status: status.into(),
        }
        .into_bytes()
    }
}

/// How much of an answer goes out at once. A command without Le (SELECT as
/// some programs send it) gets as much as a short answer carries.
fn expected(view: &CommandView<'_>) -> usize {
    match view.expected() {
        0 => MAX_SHORT,
        le => le,
    }
}

fn refuse(status: Status) -> Vec<u8> {
    Response::status(status).into_bytes()
}

#[cfg(test)]
mod tests;
