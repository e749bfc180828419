// Catch2's own library has main().
#ifdef __SANITIZE_ADDRESS__
// Mesa keeps a few kilobytes for each context and fontconfig its cache until the process ends; a
// leak of ours has our own frames on its stack and is still reported.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:swrast_dri.so\nleak:libfontconfig\nleak:libgallium\n";
}
#endif
