//! What the compiler says to a wrong declaration. The texts are those of the pinned toolchain.

#[test]
fn the_compiler_checks_declarations() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
