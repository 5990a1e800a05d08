// SPDX-License-Identifier: Apache-2.0
// Which paths a page refers to, and which of them a probe leaves alone.
#include "trial/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kOrigin = "http://localhost:8080";

std::string resolved(std::string_view reference, std::string_view origin = kOrigin) {
  return resolve_link(reference, origin, "/shop/index.html?page=2").value_or("none");
}

TEST(Link, IsResolvedAsABrowserDoes) {
  EXPECT_EQ(resolved("/a/b"), "/a/b");
  EXPECT_EQ(resolved("style.css"), "/shop/style.css");
  EXPECT_EQ(resolved("../logo.svg"), "/logo.svg");
  EXPECT_EQ(resolved("./"), "/shop/");
  EXPECT_EQ(resolved("?page=3"), "/shop/index.html?page=3");
  EXPECT_EQ(resolved("/a/./b/../c/"), "/a/c/");
  EXPECT_EQ(resolved("  /a \n"), "/a");
  EXPECT_EQ(resolved("/a#part"), "/a");
  EXPECT_EQ(resolved("a:b"), "none");
  EXPECT_EQ(resolved("/a:b"), "/a:b");
}

TEST(Link, StaysOnItsServerAndPort) {
  EXPECT_EQ(resolved("http://localhost:8080/x"), "/x");
  EXPECT_EQ(resolved("HTTP://LOCALHOST:8080"), "/");
  EXPECT_EQ(resolved("//localhost:8080/x?y"), "/x?y");
  EXPECT_EQ(resolved("http://localhost/x", "http://localhost:80"), "/x");
  EXPECT_EQ(resolved("https://localhost/x", "https://localhost:443"), "/x");
  for (const char* foreign :
       {"http://localhost:80801/x", "http://localhost:808/x", "https://localhost:8080/x", "http://localhost/x",
        "//localhost/x", "//example.org/x", "http://localhost:8080@example.org/", "http://localhost:8080.example.org/",
        "mailto:a@b", "javascript:alert(1)", "data:text/html,x", "#part", "", " "})
    EXPECT_EQ(resolved(foreign), "none") << foreign;
}

TEST(Link, HoldsOnlyWhatARequestLineMayHave) {
  EXPECT_EQ(resolved("/a b\x01<\xff\">"), "/a%20b%01%3C%FF%22%3E");
  EXPECT_EQ(resolved("/a\r\nHost: evil"), "/aHost:%20evil");
  EXPECT_EQ(resolved("/../../etc/passwd"), "/etc/passwd");
  EXPECT_EQ(resolved("/" + std::string(kMaxTarget, 'a')), "none");
  EXPECT_EQ(resolved("/" + std::string(kMaxTarget / 2, '<')), "none");  // longer once it is encoded
}

TEST(Page, NamesItsLinksInOrderEachOnce) {
  const auto links = links_in(R"html(<!doctype html><link rel=stylesheet href=/style.css>
    <A HREF='/two?a=1&amp;b=2'>x</A><img alt="a > b" src="logo.svg"><a href="/two?a=1&#38;b=2"><a name=x>
    <script src="/app.js">document.write('<a href="/never">')</script><!-- <a href="/hidden"> -->
    <style>a::before { content: '<a href="/styled">' }</style><iframe src='/frame'/>
    <meta http-equiv="Refresh" content="5; URL='/later'"><a href="https://example.org/x">)html",
                              kOrigin, "/");
  EXPECT_THAT(links.targets, ElementsAre("/style.css", "/two?a=1&b=2", "/logo.svg", "/app.js", "/frame", "/later"));
  EXPECT_THAT(links.forms, IsEmpty());
}

TEST(Page, HasFormsThatAreOnlyNamed) {
  const auto links = links_in(R"html(<form method=post action="/orders"><input></form><form action=/search></form>
    <form method="POST"></form><form method=post action="http://example.org/"></form>)html",
                              kOrigin, "/shop");
  EXPECT_THAT(links.targets, IsEmpty());
  EXPECT_THAT(links.forms, ElementsAre("POST /orders", "POST /shop"));
}

TEST(Page, MayHaveABase) {
  EXPECT_THAT(links_in(R"(<base href="/ui/"><script src="main.js">)", kOrigin, "/").targets,
              ElementsAre("/ui/main.js"));
  EXPECT_THAT(links_in(R"(<base href="http://example.org/ui/"><img src="a">)", kOrigin, "/x/y").targets,
              ElementsAre("/x/a"));
}

TEST(Page, ThatIsBrokenOrHugeIsReadAsFarAsItGoes) {
  for (const char* broken : {"<", "<a", "<a href", "<a href=", "<a href='", "<a href=\"/x", "<!--", "<script>", "<a =>",
                             "<a ==\"", "</", "<a/href", "<script><", "<a href=/x"})
    EXPECT_THAT(links_in(broken, kOrigin, "/").targets, SizeIs(testing::Le(1U))) << broken;
  EXPECT_THAT(links_in("<a href=\"/x", kOrigin, "/").targets, ElementsAre("/x"));
  std::string many;
  for (std::size_t at = 0; at < 2 * kMaxLinks; ++at) many += "<a href=/" + std::to_string(at) + ">";
  EXPECT_THAT(links_in(many, kOrigin, "/").targets, SizeIs(kMaxLinks));
}

TEST(Harm, IsToldFromTheName) {
  for (const char* harmful : {"/logout", "/items/3/delete", "/auth/sign-out", "/?action=logout", "/signOut",
                              "/user/log_off", "/logout.php", "/admin/Shutdown?now"})
    EXPECT_TRUE(looks_harmful(harmful)) << harmful;
  for (const char* harmless : {"/", "/login", "/css/reset.css", "/img/delete.svg?v=1", "/deleted-scenes", "/stopwatch",
                               "/blog/out", "/catalog"})
    EXPECT_FALSE(looks_harmful(harmless)) << harmless;
}

}  // namespace
}  // namespace winnow
