//! Importing an enterprise with its persons from a JSON file. Whoever is
//! there already is left as they are, so a file can be imported again after
//! it grew.

use card_domain::{IdNumber, InvalidIdNumber, OperatorNo};
use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;

use super::{AdminError, Person, add_enterprise, add_person};
use crate::{
    keys::IdNumberKeys,
    storage::{Constraint, Holder, SqlStore, StoreError},
};

/// A file of enterprises and operators, as an administrator writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The enterprises.
    pub enterprises: Vec<ImportedEnterprise>,
}

/// An enterprise of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedEnterprise {
    /// 统一社会信用代码.
    pub code: String,
    /// The name.
    pub name: String,
    /// The legal person.
    pub legal_person: Option<ImportedLegalPerson>,
    /// The operators.
    #[serde(default)]
    pub operators: Vec<ImportedOperator>,
}

/// A legal person of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedLegalPerson {
    /// The name.
    pub name: String,
    /// 证件编号.
    pub id_number: String,
}

/// An operator of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedOperator {
    /// 操作员编号.
    pub operator_no: String,
    /// The name.
    pub name: String,
    /// 证件编号.
    pub id_number: String,
}

impl std::fmt::Debug for ImportedLegalPerson {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ImportedLegalPerson(…)")
    }
}

impl std::fmt::Debug for ImportedOperator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ImportedOperator({}, …)", self.operator_no)
    }
}

/// Why an import stopped. What came before stays imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The store or a value.
    #[error("{place}: {source}")]
    Admin {
        /// Where in the file.
        place: String,
        /// Why what stands there could not be registered.
        source: AdminError,
    },
    /// 证件编号.
    #[error("{place}: {source}")]
    IdNumber {
        /// Where in the file.
        place: String,
        /// What is wrong with the number, which is not shown.
        source: InvalidIdNumber,
    },
}

impl Import {
    /// Imports everything and gives the number of persons that are new.
    ///
    /// # Errors
    ///
    /// [`ImportError`]
    pub async fn run(
        &self,
        store: &SqlStore,
        keys: &IdNumberKeys,
        now: Timestamp,
    ) -> Result<usize, ImportError> {
        let mut added = 0;
        for enterprise in &self.enterprises {
            let place = format!("enterprise {}", enterprise.code);
            let made = add_enterprise(store, now, &enterprise.code, &enterprise.name).await;
            unless_there(made, &place)?;
            let legal = enterprise.legal_person.iter().map(|person| {
                let place = format!("{place}, legal person");
                (place, Holder::LegalPerson, &person.name, &person.id_number)
            });
            let operators = enterprise.operators.iter().map(|person| {
                let place = format!("{place}, operator {}", person.operator_no);
                let holder = Holder::Operator(OperatorNo(person.operator_no.clone()));
                (place, holder, &person.name, &person.id_number)
            });
            for (place, holder, name, id_number) in legal.chain(operators) {
                let number = IdNumber::parse(id_number).map_err(|source| {
                    let place = place.clone();
                    ImportError::IdNumber { place, source }
                })?;
                let person = Person {
                    holder,
                    name,
                    id_number: &number,
                };
                let made = add_person(store, keys, now, &enterprise.code, &person).await;
                added += usize::from(unless_there(made, &place)?);
            }
        }
        Ok(added)
    }
}

/// Whether it is new; already being there is no error.
fn unless_there<T>(made: Result<T, AdminError>, place: &str) -> Result<bool, ImportError> {
    match made {
        Ok(_) => Ok(true),
        Err(AdminError::Store(StoreError::Conflict(
            Constraint::EnterpriseCode | Constraint::OperatorNo | Constraint::LegalPerson,
        ))) => Ok(false),
        Err(source) => Err(ImportError::Admin {
            place: place.to_owned(),
            source,
        }),
    }
}
