//! The report as JUnit XML: a suite for each account and region, in it a test for each finding, each failed call and each
//! place that was read. The form is Jenkins' `junit-10.xsd`, which GitLab and others read too.

mod case;
mod suite;

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, Event};

use super::model::Report;

use suite::{Counts, Suite};

/// Writes the report.
pub fn write(report: &Report, sink: impl Write) -> io::Result<()> {
    let suites = suite::of(report);
    let mut all = Counts::default();
    for suite in &suites {
        all.add(suite.counts());
    }
    let mut xml = Writer::new_with_indent(sink, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", "noderole"));
    for (name, number) in [("tests", all.tests), ("failures", all.failures), ("errors", all.errors)] {
        root.push_attribute((name, number.to_string().as_str()));
    }
    xml.write_event(Event::Start(root))?;
    for suite in &suites {
        write_suite(report, suite, &mut xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writeln!(xml.get_mut())
}

/// Writes a suite: its properties, then its tests.
fn write_suite(report: &Report, suite: &Suite<'_>, xml: &mut Writer<impl Write>) -> io::Result<()> {
    let counts = suite.counts();
    let mut start = BytesStart::new("testsuite");
    start.push_attribute(("name", suite.name.as_str()));
    for (name, number) in
        [("tests", counts.tests), ("failures", counts.failures), ("errors", counts.errors), ("skipped", counts.skipped)]
    {
        start.push_attribute((name, number.to_string().as_str()));
    }
    start.push_attribute(("timestamp", format!("{:.0}", report.finished_at).as_str()));
    xml.write_event(Event::Start(start))?;
    xml.create_element("properties").write_inner_content(|xml| {
        for (name, value) in suite.properties(report) {
            xml.create_element("property")
                .with_attributes([("name", name), ("value", value.as_str())])
                .write_empty()?;
        }
        Ok(())
    })?;
    for case in &suite.cases {
        case.write(xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

#[cfg(test)]
mod tests;
