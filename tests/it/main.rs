//! noderole as a whole: command line, Lambda, emulators, browser, house rules. One binary, for each one links the SDK.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod emulators;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod lambda;
#[cfg(test)]
#[path = "../loopback.rs"]
mod loopback;
#[cfg(test)]
mod template;
#[cfg(test)]
mod tidy;

#[cfg(test)]
#[expect(dead_code, reason = "the tests of the simulation use more of it")]
#[path = "../sim/simulation/mod.rs"]
mod simulation;
