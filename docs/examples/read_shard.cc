// Reads a shard of a dataset without flyball: nlohmann-json and zstd are all it takes.
//
//   g++ -std=c++20 read_shard.cc -lzstd -o read_shard
//   read_shard reach/shard-00000.fly reward     # each row of a column, and where it belongs
//
// docs/datasets.md describes the bytes.
#include <zstd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using nlohmann::json;

// Bounds may be infinite, which JSON has no number for: outside of texts, Infinity becomes null.
std::string WithoutInfinity(const std::string& text) {
  std::string out;
  for (size_t i = 0, in_text = 0; i < text.size(); ++i) {
    if (text[i] == '"') in_text = !in_text;
    if (text[i] == '\\') out += text[i++];
    if (!in_text && text.compare(i, 8, "Infinity") == 0) {
      if (out.back() == '-') out.pop_back();
      out += "null";
      i += 7;
    } else if (!in_text && text.compare(i, 3, "NaN") == 0) {
      out += "null";
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

struct Shard {
  json header;
  std::map<std::string, std::string> blocks;  // raw bytes by the column's name
};

Shard ReadShard(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string data{std::istreambuf_iterator<char>(file), {}};
  uint64_t size = 0;
  if (data.size() < 48 || data.compare(0, 8, "FLYSHARD") != 0) {
    throw std::runtime_error(path + " is not a shard");
  }
  std::memcpy(&size, data.data() + 8, sizeof(size));
  if (size > data.size() - 48) throw std::runtime_error(path + " is cut short");
  Shard shard;
  shard.header = json::parse(WithoutInfinity(data.substr(16, size)));
  size_t at = 16 + size + 32;  // behind the header's hash
  for (const json& block : shard.header["blocks"]) {
    const size_t packed = block["size"];
    std::string raw(size_t{block["raw_size"]}, '\0');
    if (packed > data.size() - at) throw std::runtime_error(path + " is cut short");
    size_t got = packed;
    if (block["coding"] == "zstd") {
      got = ZSTD_decompress(raw.data(), raw.size(), data.data() + at, packed);
    } else if (packed == raw.size()) {
      raw = data.substr(at, packed);
    }
    if (ZSTD_isError(got) || got != raw.size()) throw std::runtime_error(path + " is damaged");
    shard.blocks[block["name"]] = std::move(raw);
    at += packed;
  }
  return shard;
}

double Number(const std::string& dtype, const char* bytes) {
  const auto as = [bytes](auto value) {
    std::memcpy(&value, bytes, sizeof(value));
    return static_cast<double>(value);
  };
  if (dtype == "float32") return as(float{});
  if (dtype == "float64") return as(double{});
  if (dtype == "int64") return as(int64_t{});
  return as(uint8_t{});  // uint8, bool
}

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: read_shard FILE COLUMN");
  const Shard shard = ReadShard(argv[1]);
  for (const json& column : shard.header["schema"]["columns"]) {
    if (column["name"] != argv[2]) continue;
    const std::string dtype = column["field"]["dtype"];
    const size_t width = dtype.ends_with("64") ? 8 : dtype == "float32" ? 4 : 1;
    size_t numbers = 1;  // of a row
    for (const json& extent : column["field"]["shape"]) numbers *= size_t{extent};
    const char* at = shard.blocks.at(argv[2]).data();
    for (const json& episode : shard.header["episodes"]) {
      const int64_t rows = int64_t{episode["length"]} + (column["rows"] == "states");
      for (int64_t row = 0; row < rows; ++row) {
        std::printf("%lld %lld", static_cast<long long>(int64_t{episode["index"]}),
                    static_cast<long long>(row));
        for (size_t k = 0; k < numbers; ++k, at += width) std::printf(" %.17g", Number(dtype, at));
        std::printf("\n");
      }
    }
    return 0;
  }
  throw std::runtime_error(std::string("there is no column ") + argv[2]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "read_shard: %s\n", error.what());
  return 1;
}
