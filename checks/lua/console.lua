-- The console of a script: what it prints, up to a number of bytes. Returns its functions.

local console_bytes = ...

local concat, tostring, type = table.concat, tostring, type
local lines, written = {}, 0

local function say(text)
  if written >= console_bytes then return end
  if #text > console_bytes - written then text = text:sub(1, console_bytes - written) .. "…" end
  written = written + #text + 1
  lines[#lines + 1] = text
end

local function show(value, indent, seen)
  if type(value) ~= "table" then return say(indent .. tostring(value)) end
  if seen[value] or #indent > 16 then return say(indent .. "…") end
  seen[value] = true
  local keys = {}
  for key in next, value do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local inner = value[key]
    if type(inner) == "table" then
      say(indent .. tostring(key) .. ":")
      show(inner, indent .. "  ", seen)
    else
      say(indent .. tostring(key) .. " = " .. tostring(inner))
    end
  end
end

local function print_values(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  say(concat(parts, "\t"))
end

-- As Lua's io.write: without a separator, and a line of its own all the same.
local function write(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  say((concat(parts):gsub("\n$", "")))
end

local function clear() lines, written = {}, 0 end

local function text() return concat(lines, "\n") end

return {
  print = print_values, write = write, clear = clear, text = text,
  show = function(value) show(value, "", {}) end,
}
