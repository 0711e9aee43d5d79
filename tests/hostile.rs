//! Input from outside: what the fuzz targets hold, over mutations of the repository's own data. See `docs/hostile-input.md`.

#[cfg(test)]
#[path = "hostile/deep.rs"]
mod deep;
#[cfg(test)]
#[path = "hostile/mutation.rs"]
mod mutation;
#[cfg(test)]
#[path = "hostile/targets.rs"]
mod targets;
