//! Patterns of ARNs: `arn:partition:service:region:account:resource`, as the Resource element and the Arn operators
//! read them.

use super::lexer::Unit;
use super::{Form, Pieces, Reach};

/// The colons before the resource part of an ARN.
const COLONS: usize = 5;

/// A Resource element.
///
/// - In the first five parts wildcards stay in their part, but a `*` that ends a part may run on beyond the colon (IAM
///   user guide, *Resource*: "can expand to match beyond the colon boundaries"): `arn:aws:s3*` is all of S3, and
///   `arn:aws:dynamodb:*:table/x` a table of any region and account.
/// - In the resource part wildcards match every character, colons too, except in its resource type: AWS documents that
///   a wildcard cannot stand in the resource type (*Amazon Resource Names*, incorrect wildcard usage), so there it is
///   a character like others and such a pattern matches nothing. A type that is wholly `*` does match every type:
///   AWS's own managed policies have `arn:aws:wafv2:*:*:*/webacl/*/*`. S3 names buckets without a type.
/// - Variables stand in the resource part alone (*Policy variables*, where you can use them).
pub(super) fn resource(units: &[Unit]) -> Form {
    let resource_at = start_of_resource(units);
    let head_end = resource_at.unwrap_or(units.len());
    let (head, resource) = units.split_at(head_end);
    if head.iter().any(|unit| matches!(unit, Unit::Variable(_))) {
        return Form::Nothing;
    }
    let type_end = if service_is_s3(head) { 0 } else { length_of_type(resource) };
    let (resource_type, rest) = resource.split_at(type_end);
    let mut pieces = head_pieces(head);
    if resource_type == [Unit::Star] {
        pieces.push_run(Reach::Anywhere);
    } else {
        for unit in resource_type {
            super::literal(unit, &mut pieces);
        }
    }
    for unit in rest {
        super::wildcard(unit, &mut pieces);
    }
    Form::of(pieces)
}

/// The value of ArnEquals, ArnLike and their negations: wildcards of the first five parts never leave their part.
///
/// A value with fewer parts than six is no ARN and matches none; variables may stand anywhere and bring parts along.
pub(super) fn value(units: &[Unit]) -> Form {
    let has_variables = units.iter().any(|unit| matches!(unit, Unit::Variable(_)));
    let resource_at = match start_of_resource(units) {
        Some(at) => at,
        None if has_variables => units.len(),
        None => return Form::Nothing,
    };
    let (head, resource) = units.split_at(resource_at);
    let mut pieces = Pieces::default();
    for unit in head {
        within_part(unit, &mut pieces);
    }
    for unit in resource {
        super::wildcard(unit, &mut pieces);
    }
    Form::of(pieces)
}

/// Where the resource part begins; `None` where there are fewer parts than six.
fn start_of_resource(units: &[Unit]) -> Option<usize> {
    let colons = units.iter().enumerate().filter(|(_, unit)| **unit == Unit::Char(':'));
    colons.map(|(at, _)| at + 1).nth(COLONS - 1)
}

/// The first five parts, or all of a pattern that has fewer than six.
fn head_pieces(head: &[Unit]) -> Pieces {
    let mut pieces = Pieces::default();
    for (at, unit) in head.iter().enumerate() {
        let ends_part = matches!(head.get(at + 1), None | Some(Unit::Char(':')));
        if *unit == Unit::Star && ends_part {
            pieces.push_run(Reach::Anywhere);
        } else {
            within_part(unit, &mut pieces);
        }
    }
    pieces
}

/// A unit whose wildcards stay in their part.
fn within_part(unit: &Unit, into: &mut Pieces) {
    match unit {
        Unit::Star => into.push_run(Reach::InPart),
        Unit::Question => into.push_one(Reach::InPart),
        Unit::Char(character) | Unit::Escaped(character) => into.push_char(*character),
        Unit::Variable(variable) => into.push_variable(variable),
    }
}

/// Whether the third part is `s3`.
fn service_is_s3(head: &[Unit]) -> bool {
    let service = head.split(|unit| *unit == Unit::Char(':')).nth(2);
    service.is_some_and(|units| units == [Unit::Char('s'), Unit::Char('3')])
}

/// How many units of the resource part are its type: what stands before the first `/` or `:`.
fn length_of_type(resource: &[Unit]) -> usize {
    let separator = |unit: &Unit| matches!(unit, Unit::Char('/' | ':'));
    resource.iter().position(separator).unwrap_or_default()
}
