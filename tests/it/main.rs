//! noderole as a whole: command line, Lambda, emulators, house rules. One binary, for each one links the SDK.

mod cli;
mod emulators;
mod lambda;
mod tidy;
