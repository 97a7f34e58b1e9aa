//! The values to preview with: a field for each parameter.

use domain::execution::Variables;
use domain::version::{Parameter, ParameterType};
use leptos::prelude::*;

use super::data::EditorForm;
use super::state::Editor;
use super::values::{sample, text_of};

/// A value to type for the preview.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableField {
    /// A field in the page holds on to what was typed in it: what has another id has another field.
    pub id: String,
    pub name: String,
    pub kind: ParameterType,
    pub one_of: Vec<String>,
    pub required: bool,
    pub start: String,
}

impl Editor {
    /// After a value for the preview was typed: that is no part of a draft.
    pub fn touch_variables(self) {
        self.check_now();
    }

    /// Tries other values; none for made-up ones. Gives the names that the contract doesn't know.
    pub fn try_values(self, variables: Option<Variables>) -> Vec<String> {
        let Some(mut form) = self.read() else { return Vec::new() };
        let unknown = match variables {
            Some(variables) => form.fill(&variables),
            None => {
                form.variables.clear();
                Vec::new()
            }
        };
        self.tries.update_value(|tries| *tries += 1);
        self.variables.set(variable_fields(&form, &form.parse().content.parameters, self.tries.get_value()));
        self.check_soon();
        unknown
    }

    /// Nobody typed a value for the parameter: it is the sample.
    pub(super) fn is_made_up(self, name: &str) -> bool {
        let Some(form) = self.read() else { return false };
        let made_up = self.contract.with_untracked(|all| all.iter().find(|p| p.name == name).map(sample));
        form.variables.iter().find(|row| row.name == name).map(|row| row.value.clone()) == made_up
    }

    /// Shows fields for the contract as it is typed now.
    pub(super) fn show_variables(self, form: &EditorForm, parameters: &[Parameter]) {
        let fields = variable_fields(form, parameters, self.tries.get_value());
        if self.variables.with_untracked(|known| !is_same(known, &fields)) {
            self.variables.set(fields);
        }
    }
}

/// `tries` counts how often other values took the place of all.
pub(super) fn variable_fields(form: &EditorForm, parameters: &[Parameter], tries: u32) -> Vec<VariableField> {
    let named: Vec<_> = parameters.iter().filter(|p| !p.name.is_empty()).collect();
    let field = |(at, start): (usize, String)| {
        let Parameter { name, kind, required, .. } = named[at].clone();
        let one_of: Vec<_> = named[at].one_of.iter().map(text_of).collect();
        // While a contract is typed, two parameters can have one name.
        let nth = named[..at].iter().filter(|before| before.name == name).count();
        let sample = sample(named[at]);
        let id = format!("{tries} {nth} {required} {} {one_of:?} {sample:?} {name}", kind.name());
        VariableField { id, name, kind, one_of, required, start }
    };
    form.variable_rows(parameters).into_iter().map(|row| row.value).enumerate().map(field).collect()
}

/// Whether the fields need not be made again: what is typed in them doesn't count.
fn is_same(known: &[VariableField], fields: &[VariableField]) -> bool {
    known.iter().map(|field| &field.id).eq(fields.iter().map(|field| &field.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stay_with_their_parameters_until_other_values_are_tried() {
        let parameter = |name: &str| Parameter { name: name.to_owned(), ..Parameter::default() };
        let [a, b] = ["a", "b"].map(parameter);
        let fields = |parameters: &[Parameter], tries| variable_fields(&EditorForm::default(), parameters, tries);
        let both = fields(&[a.clone(), b.clone()], 0);
        assert!(is_same(&both[1..], &fields(&[b], 0)));
        assert!(!is_same(&both, &fields(&[a.clone(), parameter("b")], 1)));
        let twice = fields(&[a.clone(), a], 0);
        assert_ne!(twice[0].id, twice[1].id);
    }
}
