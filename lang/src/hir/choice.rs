//! Types of which a value has one, and how JSON tells which.

use super::{Field, Name, Package, Ty};

/// How objects are told apart that may be of several types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distinction {
    /// The member that says it, as it is spelled in requests.
    pub member: Name,
    /// What it can say of each variant, in their order: nothing of those that are no objects.
    pub says: Vec<Vec<Name>>,
}

impl Ty {
    /// Whether it is the same type, whatever either refuses.
    #[must_use]
    pub fn alike(&self, other: &Ty) -> bool {
        let fields = |a: &[Field], b: &[Field]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && a.ty.ty.alike(&b.ty.ty))
        };
        match (self, other) {
            (Ty::Choice(a), Ty::Choice(b)) | (Ty::Entry(a), Ty::Entry(b)) => fields(a, b),
            (Ty::Set(a), Ty::Set(b)) | (Ty::List(a), Ty::List(b)) | (Ty::Map(a), Ty::Map(b)) => a.alike(b),
            (a, b) => a == b,
        }
    }

    /// Whether `null` is a value of the type.
    #[must_use]
    pub fn means_null(&self) -> bool {
        matches!(self.base(), Ty::Choice(variants) if variants.iter().any(|v| v.ty.ty == Ty::Null))
    }
}

impl Package {
    /// How the objects among the variants of a choice are told apart: by the first required member of the first of them
    /// that is of an enum, and of another enum in each, or names the type of an entity. `None` where no more than one
    /// variant is an object.
    #[must_use]
    pub fn distinction(&self, variants: &[Field]) -> Option<Distinction> {
        let told: Vec<Vec<(Name, Vec<Name>)>> = variants.iter().map(|variant| self.told_by(&variant.ty.ty)).collect();
        distinction(&told)
    }

    /// The members that can tell values of a type from others, with what they say.
    fn told_by(&self, ty: &Ty) -> Vec<(Name, Vec<Name>)> {
        match ty.base() {
            Ty::Entity(name) => vec![("type".into(), vec![name.clone()])],
            Ty::Record(name) => {
                let fields = self.records.get(name).map_or(&[][..], |record| &record.fields);
                let told = |field: &Field| match &field.ty.ty {
                    Ty::Enum(of) if !field.optional && field.default.is_none() => {
                        let members = &self.enums.get(of)?.members;
                        Some((field.wire.clone(), members.iter().map(|member| member.wire.clone()).collect()))
                    }
                    _ => None,
                };
                fields.iter().filter_map(told).collect()
            }
            _ => vec![],
        }
    }
}

/// The first member that says something else of each variant that has such members; none where fewer than two have.
pub(crate) fn distinction(told: &[Vec<(Name, Vec<Name>)>]) -> Option<Distinction> {
    let objects: Vec<&Vec<(Name, Vec<Name>)>> = told.iter().filter(|told| !told.is_empty()).collect();
    let [first, others @ ..] = objects.as_slice() else { return None };
    if others.is_empty() {
        return None;
    }
    let of = |told: &[(Name, Vec<Name>)], member: &Name| {
        told.iter().find(|(name, _)| name == member).map(|(_, says)| says.clone())
    };
    first.iter().find_map(|(member, _)| {
        let says: Vec<Vec<Name>> = told.iter().map(|told| of(told, member).unwrap_or_default()).collect();
        let all: Vec<&Name> = says.iter().flatten().collect();
        let apart = all.iter().enumerate().all(|(i, name)| !all.iter().skip(i + 1).any(|other| other == name));
        let said = objects.iter().all(|told| told.iter().any(|(name, says)| name == member && !says.is_empty()));
        (apart && said).then(|| Distinction { member: member.clone(), says })
    })
}
