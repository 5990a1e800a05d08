// SPDX-License-Identifier: Apache-2.0
// What a shell script may run, told from its text.
#include "winnow/base/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace winnow {
namespace {

std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "r");
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0);
  return text;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CommandWords, AreThoseInFrontOfTheirArguments) {
  EXPECT_THAT(command_words("curl -f http://localhost/ | grep ok && /usr/bin/env X=1 gosu app serve\n"),
              ElementsAre("/usr/bin/env", "curl", "grep"));
}

TEST(CommandWords, FollowKeywordsAssignmentsAndSubstitutions) {
  EXPECT_THAT(
      command_words("if ! id -u x; then useradd x; fi\nA=$(date +%s) B=2 exec nginx -g 'daemon off;'\n"
                    "for f in a b; do cat \"$f\"; done\nwhile read -r x; do sort; done\necho \"at $(hostname)\"\n"),
      ElementsAre("cat", "date", "echo", "hostname", "id", "nginx", "sort", "useradd"));
}

TEST(CommandWords, LeaveOutCommentsQuotedTextVariablesAndTheShellsOwnWords) {
  EXPECT_THAT(command_words("#!/bin/sh\n# rm everything\nset -e; \"$cmd\" x; $run; ${run}; cd /; 'a b'; x=1\n"),
              IsEmpty());
}

TEST(CommandWords, AreBoundedWhateverTheText) {
  std::string script;
  for (int i = 0; i < 2000; ++i) script += "cmd" + std::to_string(i) + "\n";
  EXPECT_EQ(command_words(script).size(), kMaxCommandWords);
  for (const char* text : {"", "'", "\"", "$(", "\\", "`", "#", "a$", "a='", "((((((("}) (void)command_words(text);
}

TEST(Shells, AreToldByTheirNameAlsoThroughEnv) {
  for (const char* line : {"/bin/sh", " /usr/bin/env bash", "/bin/dash -e"}) EXPECT_TRUE(is_shell(line)) << line;
  for (const char* line : {"", "/usr/bin/python3", "/usr/bin/env node", "/bin/zsh", "/usr/bin/env"})
    EXPECT_FALSE(is_shell(line)) << line;
}

// "WORD|WORD", or the error.
std::string words_of(std::string_view line) {
  const auto words = split_words(line);
  if (!words) return "error: " + words.error().what;
  std::string text;
  for (const std::string& word : *words) text += (text.empty() ? "" : "|") + word;
  return text;
}

TEST(SplitWords, TakesQuotesAndBackslashesAsTheShellDoes) {
  EXPECT_EQ(words_of("sh -c \"sleep 5; echo \\\"x\\\"\""), "sh|-c|sleep 5; echo \"x\"");
  EXPECT_EQ(words_of("  a\t'b c'd  e\\ f \n"), "a|b cd|e f");
  EXPECT_EQ(words_of("a '' \"\" b"), "a|||b");
  EXPECT_EQ(words_of("'a\\b' \"c\\d\""), "a\\b|c\\d");
  EXPECT_EQ(words_of(""), "");
}

TEST(SplitWords, RefusesWhatOnlyAShellWouldUnderstand) {
  for (const char* line : {"a | b", "a && b", "a; b", "a > b", "a $HOME", "a `b`", "(a)"})
    EXPECT_TRUE(words_of(line).starts_with("error: '")) << line;
  EXPECT_EQ(words_of("a 'b"), "error: the quote ' has no end");
  EXPECT_EQ(words_of("a '|' \\$b \"&\""), "a|||$b|&");
}

TEST(PathWords, AreTheAbsolutePathsOfALine) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(path_words("test -e /etc/a.conf && cat </b \"/c d\" --x=/e '/f/g'; rm /tmp/*.x /h/$y z/w"),
            (Words{"/b", "/c", "/e", "/etc/a.conf", "/f/g"}));
}

TEST(ShellWord, IsReadByAShellAsItWasMeant) {
  for (const std::string text : {"/usr/bin/\\[", "/app/[id].js", "it's *", "/srv/\xc3\xa4", "", "$(x) `y` \"z\" \\"}) {
    const std::string word = shell_word(text);
    EXPECT_EQ(word.find('\n'), std::string::npos);
    EXPECT_EQ(output_of("printf %s " + word), text) << word;
  }
  EXPECT_EQ(shell_word("/usr/bin/\\["), "'/usr/bin/\\['");
}

TEST(ShellWord, HasNoByteThatATerminalWouldObey) {
  EXPECT_EQ(shell_word("a\x1b'\\\n"), "$'a\\x1b\\'\\\\\\x0a'");
  EXPECT_EQ(shell_word("\xff"), "\"$(printf '\\377')\"");
  for (const std::string text : {"\xff\xfe.bin", "a\nb", "\x1b[31m 100% %s\\n 'it' $x \xe2\x80\xae", "\x01 1"})
    EXPECT_EQ(output_of("printf %s " + shell_word(text)), text);
}

}  // namespace
}  // namespace winnow
