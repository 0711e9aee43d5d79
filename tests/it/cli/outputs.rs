//! Outputs: what cannot be written is refused before anything is read, and no output overwrites another or the input.

use super::{Noderole, told};

#[test]
fn an_output_that_cannot_be_written_is_refused_before_aws_is_asked() {
    let noderole = Noderole::new();
    noderole.write("file", "");
    for (output, help) in [
        ("no/such/folder.json", "help: create the folder first"),
        ("file/r.json", "help: create the folder first"),
        (".", "help: name a file, not a folder"),
    ] {
        for flag in ["--output", "--save-inventory"] {
            // Without credentials an audit that went to AWS would say so.
            let told = noderole.run(&["audit", "--format", "json", flag, output]);
            told.is_error(2, &[&format!("`{output}` could not be written"), help]);
            assert!(!told.err.contains("credentials") && told.out.is_empty(), "{}", told.err);
        }
    }
}

#[test]
fn an_output_that_is_a_folder_or_elsewhere_is_told_to_be_whether_or_not_a_format_is_given() {
    let noderole = Noderole::new();
    std::fs::create_dir(noderole.path("reports")).unwrap();
    for (output, says, help) in [
        ("reports", "`reports` could not be written", "help: name a file, not a folder"),
        ("s3://bucket/x.json", "`s3://bucket/x.json` is no file: outputs go to files only", "the sink `s3`"),
        ("s3://bucket/x", "`s3://bucket/x` is no file: outputs go to files only", "the sink `s3`"),
        ("ssm:/reports/x.json", "`ssm:/reports/x.json` is no file: outputs go to files only", "help: name a file"),
    ] {
        for format in [&[][..], &["--format", "json"]] {
            for command in ["audit", "plan"] {
                noderole.run(&[&[command, "--demo", "-o", output], format].concat()).is_error(2, &[says, help]);
            }
        }
        noderole.run(&["audit", "--demo", "--save-inventory", output]).is_error(2, &[says, help]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_names_the_output_and_no_temporary_file() {
    let told = Noderole::new().run(&["audit", "--demo", "--output", "/proc/report.json"]);
    told.is_error(2, &["`/proc/report.json` could not be written"]);
    assert!(!told.err.contains(".noderole-"), "{}", told.err);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_fails_at_the_end_costs_the_others_nothing_and_the_report_is_not_lost() {
    let noderole = Noderole::new();
    let report = noderole.run(&["audit", "--demo"]).out;
    let both =
        ["audit", "--demo", "--format", "json", "--output", "/dev/full", "--format", "json", "--output", "r.json"];
    let told = noderole.run(&both);
    told.is_error(2, &["`/dev/full` could not be written"]);
    assert_eq!((std::fs::read_to_string(noderole.path("r.json")).unwrap(), told.out), (report.clone(), String::new()));
    let alone = noderole.run(&["audit", "--demo", "--format", "json", "--output", "/dev/full"]);
    alone.is_error(2, &["`/dev/full` could not be written", "standard output instead"]);
    assert_eq!(alone.out, report);
}

#[test]
fn outputs_that_overwrite_each_other_or_the_input_are_refused() {
    let noderole = Noderole::new();
    noderole.sample(|_| {});
    let before = std::fs::read_to_string(noderole.path("facts.json")).unwrap();
    for (arguments, part) in [
        (&["--inventory", "facts.json", "--output", "./facts.json"][..], "would overwrite the file that is read"),
        (&["--inventory", "facts.json", "--save-inventory", "facts.json"], "would overwrite the file that is read"),
        (&["--demo", "--save-inventory", "x.json", "--output", "x.json"], "two outputs go to the same file"),
        (&["--demo", "--output", "x.json", "--output", "./x.json"], "two outputs go to the same file"),
        (&["--demo", "--format", "json", "--save-inventory", "/dev/stdout"], "standard output can take one document"),
    ] {
        noderole.run(&[&["audit"], arguments].concat()).is_error(2, &[part]);
    }
    assert_eq!(std::fs::read_to_string(noderole.path("facts.json")).unwrap(), before);
    assert!(!noderole.path("x.json").exists());
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_are_names_like_any_other() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let noderole = Noderole::new();
    noderole.sample(|_| {});
    let name = OsStr::from_bytes(b"facts-\xff.json");
    std::fs::rename(noderole.path("facts.json"), noderole.path(".").join(name)).unwrap();
    let audited = told(noderole.command().args(["audit", "--inventory"]).arg(name));
    assert_eq!((audited.code, audited.json()), (1, noderole.run(&["audit", "--demo"]).json()));
    std::fs::write(noderole.path(".").join(name), "").unwrap();
    let simulated = told(noderole.command().args(["simulate", "--cases"]).arg(name));
    assert_eq!((simulated.code, simulated.out.as_str()), (0, ""));
    assert!(simulated.err.contains("there was no case in"), "{}", simulated.err);
}
