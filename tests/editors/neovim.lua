-- Drives Neovim with editors/neovim/zt.lua: a mistake, what a name means, where it is declared. What fails is printed,
-- and ends it with 1.

local function wait(what, holds)
  if not vim.wait(60000, holds, 20) then
    error('it never came to this: ' .. what)
  end
end

local function expect(what, found, wanted)
  if found ~= wanted then
    error(('%s is %s, not %s'):format(what, vim.inspect(found), vim.inspect(wanted)))
  end
end

-- Puts the cursor on some words, `into` bytes into them.
local function on(words, into)
  vim.fn.cursor(1, 1)
  if vim.fn.search('\\V' .. words, 'cW') == 0 then
    error('there is no ' .. words)
  end
  local at = vim.api.nvim_win_get_cursor(0)
  vim.api.nvim_win_set_cursor(0, { at[1], at[2] + into })
end

-- What the editor shows of the name under the cursor.
local function shown()
  vim.api.nvim_feedkeys('K', 'x', false)
  local text
  wait('a window with what the name means', function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local buffer = vim.api.nvim_win_get_buf(window)
        text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
        vim.api.nvim_win_close(window, true)
        return true
      end
    end
    return false
  end)
  return text
end

local function go()
  local file, line = vim.api.nvim_buf_get_name(0), vim.fn.line('.')
  vim.api.nvim_feedkeys('gd', 'x', false)
  wait('a jump to the declaration', function()
    return vim.api.nvim_buf_get_name(0) ~= file or vim.fn.line('.') ~= line
  end)
  return vim.fn.fnamemodify(vim.api.nvim_buf_get_name(0), ':t'), vim.api.nvim_get_current_line()
end

local function drive()
  expect('the type of the file', vim.bo.filetype, 'zt')
  local policy = vim.api.nvim_get_current_buf()

  wait('a mistake', function() return #vim.diagnostic.get(policy) == 1 end)
  local mistake = vim.diagnostic.get(policy)[1]
  expect('its code', mistake.code, 'ZT0203')
  expect('its severity', mistake.severity, vim.diagnostic.severity.ERROR)
  local line = vim.api.nvim_buf_get_lines(policy, mistake.lnum, mistake.lnum + 1, false)[1]
  expect('what is marked', line:sub(mistake.col + 1, mistake.end_col), 'ammount')

  -- Behind a letter that is two bytes and a lock that is two units, typed as a person would.
  vim.api.nvim_buf_set_lines(policy, 2, 2, false, { '// \u{e9}\u{1F512} looked at' })
  vim.api.nvim_buf_set_text(policy, 2, 3, 2, 9, { '\u{1F512}' })
  wait('the mistake a line further down', function()
    local all = vim.diagnostic.get(policy)
    return #all == 1 and all[1].lnum == mistake.lnum + 1
  end)
  line = vim.api.nvim_buf_get_lines(policy, mistake.lnum + 1, mistake.lnum + 2, false)[1]
  local start = line:find('ammount', 1, true)
  vim.api.nvim_buf_set_text(policy, mistake.lnum + 1, start - 1, mistake.lnum + 1, start + 6, { 'amount' })
  wait('no mistake', function() return #vim.diagnostic.get(policy) == 0 end)

  on('input.amount > small', 6)
  local text = shown()
  expect('whether the argument is told', text:find('amount   : Usd in 0.01 ..', 1, true) ~= nil, true)
  expect('whose it is', text:find('an argument of action', 1, true) ~= nil, true)

  local file, declared = go()
  expect('the file of the argument', file, 'world.zt')
  expect('its declaration', declared, '    amount   : Usd in 0.01 ..')

  vim.api.nvim_set_current_buf(policy)
  on('audit(level', 1)
  file, declared = go()
  expect('the file of what ships with zt', file, 'std.audit.zt')
  expect('its declaration', declared, 'pub obligation audit { level : Level merge max }')
  expect('whether it may be changed', vim.bo.readonly, true)

  local server = vim.lsp.get_active_clients()[1]
  expect('what serves', server.name, 'zt')
  server.stop()
  wait('an end', function() return #vim.lsp.get_active_clients() == 0 end)
end

local fine, wrong = pcall(drive)
if not fine then
  io.stderr:write(wrong .. '\n')
  vim.cmd('cquit 1')
end
io.stdout:write('all is well\n')
vim.cmd('qall!')
