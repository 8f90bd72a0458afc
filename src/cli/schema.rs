//! `wellspring schema`: the public contract on standard output.

#[expect(clippy::print_stdout, reason = "the schema is what was asked for")]
pub fn run() {
    print!("{}", crate::graphql::sdl());
}
