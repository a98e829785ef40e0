//! The server's side of programs, as far as a bridge sees it: writes, seals and
//! signs them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_operations::key::ProgramKey;
use card_protocol::{
    ChipId, Command, hex,
    program::{Program, ProgramKind, SignedProgram, Step, Steps, VERSION, sealed_context},
    sealing::seal,
    signed::{Signed, signed_message},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A server of one origin, in one conversation with one card.
#[derive(Clone)]
pub struct ProgramSigner {
    /// The origin of its pages.
    pub origin: String,
    /// Signs the programs.
    pub key: SigningKey,
    /// The conversation.
    pub operation: String,
    /// The card's chip id.
    pub chip: Option<ChipId>,
    /// The last second at which its programs may begin.
    pub expires_at: i64,
}

impl ProgramSigner {
    /// The key that a bridge has to know.
    pub fn public_key(&self) -> ProgramKey {
        ProgramKey::new(*self.key.verifying_key())
    }

    /// A program in the clear.
    pub fn clear(&self, kind: ProgramKind, sequence: u32, steps: Vec<Step>) -> Program {
        self.program(kind, sequence, Steps::Clear(steps))
    }

    /// A program that is sealed to the bridge's key of the exchange, which the
    /// bridge gave in hex.
    pub fn sealed(
        &self,
        kind: ProgramKind,
        sequence: u32,
        exchange_key: &str,
        steps: &[Step],
    ) -> Program {
        let text = serde_json::to_vec(steps).unwrap();
        self.sealed_text(kind, sequence, exchange_key, &text)
    }

    /// The same with whatever text is sealed.
    pub fn sealed_text(
        &self,
        kind: ProgramKind,
        sequence: u32,
        exchange_key: &str,
        text: &[u8],
    ) -> Program {
        let context = sealed_context(kind, &self.operation, sequence);
        let key = hex::decode_array(exchange_key).unwrap();
        // Another key for each text.
        let random = Sha256::digest([text, &context].concat());
        let random = Zeroizing::new(random.into());
        let sealed = seal(&key, text, &context, &random).unwrap();
        self.program(kind, sequence, Steps::Sealed(sealed))
    }

    fn program(&self, kind: ProgramKind, sequence: u32, steps: Steps) -> Program {
        Program {
            version: VERSION,
            kind,
            origin: self.origin.clone(),
            operation: self.operation.clone(),
            sequence,
            chip: self.chip,
            expires_at: self.expires_at,
            steps,
        }
    }

    /// Signs a program.
    pub fn sign(&self, program: &Program) -> SignedProgram {
        self.sign_text(serde_json::to_string(program).unwrap())
    }

    /// Signs whatever the text says.
    pub fn sign_text(&self, body: String) -> SignedProgram {
        let signature: Signature = self.key.sign(&signed_message::<Program>(&body));
        Signed::new(body, BASE64_STANDARD.encode(signature.to_bytes()))
    }
}

/// A step that sends a command and goes on after these statuses.
pub fn command_step(command: &Command, accept: &[&str]) -> Step {
    Step::Apdu {
        command: hex::encode(&command.encode().unwrap()),
        accept: accept.iter().map(|&status| status.to_owned()).collect(),
        answer_sha256: None,
    }
}

/// A step that goes on after `9000` with this answer alone.
pub fn expecting_step(command: &Command, answer: &[u8]) -> Step {
    Step::Apdu {
        command: hex::encode(&command.encode().unwrap()),
        accept: vec!["9000".to_owned()],
        answer_sha256: Some(hex::encode(&Sha256::digest(answer))),
    }
}

/// A step that has the card prove itself for this nonce.
pub fn proof_step(nonce: &[u8; 32]) -> Step {
    Step::ProveCard {
        nonce: hex::encode(nonce),
    }
}
