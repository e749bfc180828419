#include "envs/dataset/shard.h"

#include <zstd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <functional>
#include <memory>
#include <utility>

#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

constexpr std::string_view kMagic = "FLYSHARD";
constexpr int64_t kVersion = 2;
constexpr const char* kZstd = "zstd";
constexpr const char* kNone = "none";
constexpr size_t kPrefix = 16, kHashDigits = 32;
constexpr size_t kAhead = 8;  // episodes that are fetched before they are looked at

template <class T>
std::span<const std::byte> BytesOf(const T& values) {
  return std::as_bytes(std::span(values));
}

// Makes zstd frames of blocks that are worth it.
class Compressor {
 public:
  explicit Compressor(int level) : level_(level), context_(ZSTD_createCCtx()) {
    if (!context_) throw DataError("zstd: no memory");
  }

  // Puts a frame in the place of the bytes from `at` on; false: they stay as they are. At level 1
  // that is where their beginning shrinks by less than an eighth: the last bits of measurements
  // are as good as random, and most of the time would go into them.
  bool Compress(ByteVector& bytes, size_t at) {
    const auto raw = std::span(std::as_const(bytes)).subspan(at);
    if (level_ == 0) return false;
    if (level_ == 1 && raw.size() > kTried) {
      const size_t size = Frame(raw.first(kTried)).size();
      if (size > kTried - kTried / 8) return false;
    }
    const std::span<const std::byte> frame = Frame(raw);
    bytes.resize(at + frame.size());
    std::memcpy(bytes.data() + at, frame.data(), frame.size());
    return true;
  }

 private:
  static constexpr size_t kTried = 64 << 10;

  // Valid until the next call.
  std::span<const std::byte> Frame(std::span<const std::byte> raw) {
    frame_.resize(std::max(frame_.size(), ZSTD_compressBound(raw.size())));
    const size_t size = ZSTD_compressCCtx(context_.get(), frame_.data(), frame_.size(), raw.data(),
                                          raw.size(), level_);
    if (ZSTD_isError(size)) throw DataError(std::string("zstd: ") + ZSTD_getErrorName(size));
    return std::span(frame_).first(size);
  }

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  int level_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  ByteVector frame_;
};

ByteVector Decompress(std::span<const std::byte> packed, int64_t raw_size,
                      const std::string& name) {
  if (raw_size < 0 || ZSTD_getFrameContentSize(packed.data(), packed.size()) !=
                          static_cast<unsigned long long>(raw_size)) {
    throw DataError("block '" + name + "' has another size than its header says");
  }
  ByteVector raw(raw_size);
  const size_t got = ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != raw.size()) {
    throw DataError("block '" + name + "' does not decompress");
  }
  return raw;
}

// A seed does not fit JSON's integers; it is written as text.
uint64_t SeedFromText(const std::string& text) {
  uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size())
    throw DataError("a seed of " + text);
  return seed;
}

// Takes the pieces of one block apart again.
class Piece {
 public:
  explicit Piece(std::span<const std::byte> plain) : bytes_(plain) {}
  explicit Piece(ByteVector unpacked) : unpacked_(std::move(unpacked)), bytes_(unpacked_) {}
  Piece(Piece&&) = default;  // (a copy's bytes would be the other's)

  std::span<const std::byte> Take(int64_t size) {
    if (size < 0 || static_cast<uint64_t>(size) > bytes_.size() - at_) {
      throw DataError("a column is too short for its episodes");
    }
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  template <class T>
  std::vector<T> TakeValues(int64_t count) {
    if (count < 0 || count > int64_t{1} << 40) throw DataError("a count is out of range");
    const std::span<const std::byte> bytes = Take(count * static_cast<int64_t>(sizeof(T)));
    std::vector<T> values(count);
    if (count) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  void CheckDone() const {
    if (at_ != bytes_.size()) throw DataError("a column is too long for its episodes");
  }

 private:
  ByteVector unpacked_;
  std::span<const std::byte> bytes_;
  size_t at_ = 0;
};

// The blocks behind the header, checked and decompressed one by one.
class Blocks {
 public:
  Blocks(const List& list, std::span<const std::byte> bytes) : list_(list), bytes_(bytes) {}

  Piece Next(const std::string& name) {
    const Dict& block = NextEntry();
    if (block.at("name").AsText() != name) throw DataError("block '" + name + "' is missing");
    const int64_t size = block.at("size").AsInteger(), raw_size = block.at("raw_size").AsInteger();
    const std::span<const std::byte> packed = Take(block);
    const std::string& coding = block.at("coding").AsText();
    if (coding == kZstd) return Piece(Decompress(packed, raw_size, name));
    if (coding != kNone) {
      throw DataError("block '" + name + "' has the coding '" + coding + "'; '" + kZstd +
                      "' and '" + kNone + "' are known");
    }
    if (raw_size != size) {
      throw DataError("block '" + name + "' has another size than its header says");
    }
    return Piece(packed);
  }
  // Checks those that are left, and leaves them packed.
  void CheckRest() {
    while (next_ < list_.size()) Take(NextEntry());
  }
  size_t left() const { return bytes_.size(); }

 private:
  const Dict& NextEntry() {
    if (next_ >= list_.size()) throw DataError("a block is missing");
    return list_[next_++].AsDict();
  }
  std::span<const std::byte> Take(const Dict& block) {
    const int64_t size = block.at("size").AsInteger();
    const std::string& name = block.at("name").AsText();
    if (size < 0 || static_cast<uint64_t>(size) > bytes_.size()) {
      throw DataError("block '" + name + "' runs past the end of the file");
    }
    const std::span<const std::byte> packed = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    if (HashOf(packed).hex() != block.at("hash").AsText()) {
      throw DataError("block '" + name + "' is damaged: its hash does not match");
    }
    return packed;
  }

  const List& list_;
  std::span<const std::byte> bytes_;
  size_t next_ = 0;
};

void UnpackColumns(Shard& shard, Blocks& blocks, const List& counts) {
  for (const ColumnSchema& column : shard.schema.columns) {
    Piece piece = blocks.Next(column.name);
    const int64_t row_bytes = static_cast<int64_t>(column.field.bytes());
    for (Episode& episode : shard.episodes) {
      Append(episode.columns.emplace_back(), piece.Take(column.rows(episode.length) * row_bytes));
    }
    piece.CheckDone();
  }
  Piece steps = blocks.Next("state_steps"), sizes = blocks.Next("state_sizes");
  Piece states = blocks.Next("states");
  for (size_t i = 0; i < shard.episodes.size(); ++i) {
    Episode& episode = shard.episodes[i];
    const int64_t count = counts[i].AsInteger();
    episode.state_steps = steps.TakeValues<int64_t>(count);
    episode.state_sizes = sizes.TakeValues<int64_t>(count);
    for (int64_t size : episode.state_sizes) Append(episode.states, states.Take(size));
  }
  for (const Piece* piece : {&steps, &sizes, &states}) piece->CheckDone();
}

// Where the header ends, and its hash begins.
size_t HeaderEnd(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic)) throw DataError("not a flyball shard");
  if (bytes.size() < kPrefix + kHashDigits) throw DataError("the file is truncated");
  uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data() + kMagic.size(), sizeof(header_size));
  if (header_size > bytes.size() - kPrefix - kHashDigits) {
    throw DataError("the header is damaged or the file truncated");
  }
  return kPrefix + header_size;
}

Shard Unpack(std::span<const std::byte> bytes, bool columns) {
  // The header, whole, before a word of it is believed.
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t end = HeaderEnd(bytes);
  const size_t header_size = end - kPrefix;
  if (HashOf(bytes.first(end)).hex() != text.substr(end, kHashDigits)) {
    throw DataError("the header is damaged: its hash does not match");
  }
  const Value value = Value::FromJson(text.substr(kPrefix, header_size));
  const Dict& header = value.AsDict();
  const int64_t version = header.at("version").AsInteger();
  if (version != kVersion) {
    throw DataError("format version " + std::to_string(version) + "; this build reads " +
                    std::to_string(kVersion));
  }
  Shard shard;
  shard.plan_hash = header.at("plan_hash").AsText();
  shard.schema = Schema::FromValue(header.at("schema"));
  List counts;
  for (const Value& item : header.at("episodes").AsList()) {
    const Dict& dict = item.AsDict();
    Episode episode;
    episode.index = dict.at("index").AsInteger();
    episode.length = dict.at("length").AsInteger();
    if (episode.length < 0 || episode.length > int64_t{1} << 40)
      throw DataError("a length is out of range");
    episode.seed = SeedFromText(dict.at("seed").AsText());
    shard.hashes.push_back(dict.at("hash").AsText());
    counts.push_back(dict.at("states"));
    shard.episodes.push_back(std::move(episode));
  }
  Blocks blocks(header.at("blocks").AsList(), bytes.subspan(end + kHashDigits));
  if (columns) {
    UnpackColumns(shard, blocks, counts);
  } else {
    blocks.CheckRest();
  }
  if (blocks.left()) throw DataError("there are bytes behind the last block");
  return shard;
}

}  // namespace

Hash128 PackedShard::hash() const { return HashOf(head); }

Hash128 FileHash(std::span<const std::byte> bytes) {
  return HashOf(bytes.first(HeaderEnd(bytes) + kHashDigits));
}

ByteVector PackedShard::Join() const {
  ByteVector bytes;
  bytes.reserve(size());
  Append(bytes, head);
  Append(bytes, blocks);
  return bytes;
}

void CheckLevel(int level) {
  if (level >= 0 && level <= 19) return;
  throw InputError("level is " + std::to_string(level) +
                   "; 0 (not compressed) or zstd's 1 (fast) to 19 (small) are allowed");
}

PackedShard PackShard(const Schema& schema, const std::string& plan_hash,
                      std::span<const Episode> episodes, int level) {
  // Blocks first: the header lists their sizes and hashes.
  PackedShard shard;
  Compressor compressor(level);
  List blocks, list;
  using PartOf = std::function<std::span<const std::byte>(const Episode&)>;
  const auto add_block = [&](const std::string& name, const PartOf& part) {
    const size_t at = shard.blocks.size();
    for (size_t i = 0; i < episodes.size(); ++i) {
      // Each lies somewhere else.
      if (i + kAhead < episodes.size()) __builtin_prefetch(part(episodes[i + kAhead]).data());
      Append(shard.blocks, part(episodes[i]));
    }
    const size_t raw_size = shard.blocks.size() - at;
    const char* coding = compressor.Compress(shard.blocks, at) ? kZstd : kNone;
    const std::span<const std::byte> block = std::span(shard.blocks).subspan(at);
    Dict entry;
    entry.emplace("name", name);
    entry.emplace("coding", std::string(coding));
    entry.emplace("size", block.size());
    entry.emplace("raw_size", raw_size);
    entry.emplace("hash", HashOf(block).hex());
    blocks.emplace_back(std::move(entry));
  };
  size_t size = 0;
  for (const Episode& episode : episodes) size += episode.bytes();
  shard.blocks.reserve(size);
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    add_block(schema.columns[i].name, [i](const Episode& e) { return BytesOf(e.columns[i]); });
  }
  add_block("state_steps", [](const Episode& e) { return BytesOf(e.state_steps); });
  add_block("state_sizes", [](const Episode& e) { return BytesOf(e.state_sizes); });
  add_block("states", [](const Episode& e) { return BytesOf(e.states); });

  for (size_t i = 0; i < episodes.size(); ++i) {
    const Episode& episode = episodes[i];
    if (i + 1 < episodes.size()) {
      for (const ByteVector& column : episodes[i + 1].columns) __builtin_prefetch(column.data());
    }
    shard.hashes.push_back(episode.ContentHash(schema).hex());
    shard.steps += episode.length;
    Dict entry;
    entry.emplace("index", episode.index);
    entry.emplace("length", episode.length);
    entry.emplace("seed", std::to_string(episode.seed));
    entry.emplace("states", episode.state_steps.size());
    entry.emplace("hash", shard.hashes.back());
    list.emplace_back(std::move(entry));
  }
  const std::string header = Value(Dict{{"version", kVersion},
                                        {"plan_hash", plan_hash},
                                        {"schema", schema.ToValue()},
                                        {"episodes", list},
                                        {"blocks", blocks}})
                                 .ToJson();
  const uint64_t header_size = header.size();
  Append(shard.head, BytesOf(kMagic));
  Append(shard.head, std::as_bytes(std::span(&header_size, 1)));
  Append(shard.head, BytesOf(header));
  Append(shard.head, BytesOf(HashOf(shard.head).hex()));
  return shard;
}

Shard UnpackShard(std::span<const std::byte> bytes, const std::string& name, bool columns) {
  try {
    return Unpack(bytes, columns);
  } catch (const Error& error) {
    throw DataError("'" + name + "': " + error.what());
  } catch (const std::out_of_range&) {
    throw DataError("'" + name + "': the header lacks a key");
  }
}

}  // namespace flyball::dataset
