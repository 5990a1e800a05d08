// SPDX-License-Identifier: Apache-2.0
// What a probe may ask of an API that describes itself.
#include "trial/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trial/links.h"

namespace winnow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kSite = "http://localhost:8080";

ApiPaths read(std::string_view json) { return read_openapi(json, kSite).value(); }

TEST(Api, OffersPathsThatNeedNothing) {
  const auto api = read(R"({"openapi": "3.0.3", "paths": {
    "/items": {"get": {"parameters": [{"name": "page", "in": "query"}]}, "post": {}, "summary": "items"},
    "/items/{id}": {"get": {}, "delete": {}},
    "/search": {"get": {"parameters": [{"name": "q", "in": "query", "required": true}]}},
    "/all": {"parameters": [{"$ref": "#/components/parameters/Tenant"}], "get": {}},
    "/status": {"get": {}}}})");
  EXPECT_THAT(api.targets, ElementsAre("/items", "/status"));
  EXPECT_THAT(api.others, ElementsAre("POST /items", "DELETE /items/{id}"));
  EXPECT_THAT(api.with_inputs, ElementsAre("GET /items/{id}", "GET /search", "GET /all"));
}

TEST(Api, StandsBelowItsBase) {
  EXPECT_THAT(read(R"({"swagger": "2.0", "basePath": "/v1/", "paths": {"/a": {"get": {}}}})").targets,
              ElementsAre("/v1/a"));
  EXPECT_THAT(read(R"({"openapi": "3.1.0", "servers": [{"url": "/api"}], "paths": {"/a": {"get": {}}}})").targets,
              ElementsAre("/api/a"));
  EXPECT_THAT(
      read(R"({"openapi": "3.1.0", "servers": [{"url": "https://api.example.org/v9"}], "paths": {"/a": {"get": {}}}})")
          .targets,
      ElementsAre("/a"));
  EXPECT_THAT(read(R"({"openapi": "3.1.0", "servers": [{"url": "/{stage}"}], "paths": {"/a": {"get": {}}}})").targets,
              ElementsAre("/a"));
}

TEST(Api, NeverLeavesItsServer) {
  const auto api =
      read(R"({"openapi": "3", "paths": {"http://example.org/": {"get": {}}, "//example.org/x": {"get": {}}}})");
  EXPECT_THAT(api.targets, IsEmpty());
  EXPECT_THAT(api.with_inputs, SizeIs(2));
}

TEST(Api, IsNoneWhereTheDocumentIsAnother) {
  for (const char* other : {"", "{", "[]", "null", "{}", R"({"paths": {}})", R"({"openapi": "3", "paths": []})",
                            "<html>", R"({"openapi": "3"})", "\xff"})
    EXPECT_FALSE(read_openapi(other, kSite)) << other;
  for (const char* odd :
       {R"({"openapi": 3, "paths": {"/a": null, "/b": [], "/c": {"get": 1}}})",
        R"({"swagger": {}, "basePath": 7, "servers": {}, "paths": {"/c": {"get": {"parameters": {}}}}})"})
    EXPECT_THAT(read(odd).targets, ElementsAre("/c")) << odd;
}

TEST(Api, IsBounded) {
  std::string deep =
      R"({"openapi": "3", "paths": {}, "x": )" + std::string(100000, '[') + std::string(100000, ']') + "}";
  EXPECT_FALSE(read_openapi(deep, kSite));
  std::string wide = R"({"openapi": "3", "paths": {)";
  for (std::size_t at = 0; at < 2 * kMaxLinks; ++at)
    wide += (at == 0 ? "\"/" : ", \"/") + std::to_string(at) + R"(": {"get": {}})";
  EXPECT_THAT(read(wide + "}}").targets, SizeIs(kMaxLinks));
}

}  // namespace
}  // namespace winnow
