-- zt in Neovim, 0.7 or newer: put this file into ~/.config/nvim/plugin, or start with `nvim -u editors/neovim/zt.lua`.
-- `vim.g.zt_command` is how the server is started, if `zt` is not on the PATH: { '/path/to/zt', 'lsp' }.

local client

-- One server for all packages: it finds them by their zt.toml.
local function attach(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  local manifest = vim.fn.findfile('zt.toml', vim.fn.fnamemodify(file, ':p:h') .. ';')
  local config = {
    name = 'zt',
    cmd = vim.g.zt_command or { 'zt', 'lsp' },
    root_dir = vim.fn.fnamemodify(manifest ~= '' and manifest or file, ':p:h'),
  }
  if not (client and vim.lsp.get_client_by_id(client)) then
    client = vim.lsp.start_client(config)
  end
  if not client then
    return
  end
  vim.lsp.buf_attach_client(buffer, client)
  vim.keymap.set('n', 'K', vim.lsp.buf.hover, { buffer = buffer, desc = 'what it means' })
  vim.keymap.set('n', 'gd', vim.lsp.buf.definition, { buffer = buffer, desc = 'where it is declared' })
end

local group = vim.api.nvim_create_augroup('zt', {})

vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
  group = group,
  pattern = '*.zt',
  callback = function(event)
    vim.bo[event.buf].filetype = 'zt'
  end,
})

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = 'zt',
  callback = function(event)
    vim.bo[event.buf].commentstring = '// %s'
    attach(event.buf)
  end,
})

vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
  group = group,
  pattern = 'zt.toml',
  callback = function(event)
    attach(event.buf)
  end,
})
