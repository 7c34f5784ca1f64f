// The one file that sees toml++ (C++): a document becomes the tree of toml.h.
#include "toml.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace
{

toml_node *copy(const toml::node &value, const char *key);

void place(toml_node *node, const toml::source_region &where)
{
    node->line = where.begin.line;
    node->column = where.begin.column;
}

// False: no memory.
bool copy_table(const toml::table &table, toml_node *node)
{
    // toml++ sorts by key, we by place. A table that only its members' headers name stands where they do.
    std::vector<toml_node *> members;
    for (auto &&[key, value] : table) {
        toml_node *member = copy(value, std::string(key.str()).c_str());
        if (member) {
            // A value begins in the line of its key; what headers name stands at its key.
            if (value.is_table() || value.is_array()) place(member, key.source());
            member->key_column = key.source().begin.column;
        }
        members.push_back(member);
    }
    std::stable_sort(members.begin(), members.end(), [](const toml_node *a, const toml_node *b) {
        if (!a || !b) return false;
        return a->line != b->line ? a->line < b->line : a->column < b->column;
    });
    toml_node **end = &node->first;
    bool whole = true;
    for (toml_node *member : members) {
        if (!member) {
            whole = false;
            continue;
        }
        *end = member;
        end = &member->next;
    }
    return whole;
}

bool copy_array(const toml::array &array, toml_node *node)
{
    toml_node **end = &node->first;
    for (auto &&value : array) {
        *end = copy(value, nullptr);
        if (!*end) return false;
        end = &(*end)->next;
    }
    return true;
}

toml_node *copy(const toml::node &value, const char *key)
{
    toml_node *node = nullptr;
    bool whole = true;
    if (const auto *table = value.as_table()) {
        node = toml_new(TOML_TABLE, key, nullptr);
        if (node) whole = copy_table(*table, node);
    } else if (const auto *array = value.as_array()) {
        node = toml_new(TOML_ARRAY, key, nullptr);
        if (node) whole = copy_array(*array, node);
    } else if (const auto *text = value.as_string()) {
        node = toml_new(TOML_STRING, key, text->get().c_str());
    } else if (const auto *number = value.as_integer()) {
        node = toml_new(TOML_INTEGER, key, nullptr);
        if (node) node->number = number->get();
    } else if (const auto *truth = value.as_boolean()) {
        node = toml_new(TOML_BOOLEAN, key, nullptr);
        if (node) node->number = truth->get();
    } else {
        node = toml_new(value.is_floating_point() ? TOML_FLOAT : TOML_DATE, key, nullptr);
    }
    if (node) place(node, value.source());
    if (whole) return node;
    toml_free(node);
    return nullptr;
}

} // namespace

struct toml_node *toml_read(const char *text, size_t n, struct toml_error *error)
{
    *error = toml_error{};
    try {
        return copy(toml::parse(std::string_view(text, n)), nullptr);
    } catch (const toml::parse_error &e) {
        error->line = e.source().begin.line;
        error->column = e.source().begin.column;
        std::snprintf(error->text, sizeof error->text, "%.*s", static_cast<int>(e.description().size()), e.description().data());
    } catch (const std::exception &) { // no memory
    }
    return nullptr;
}
