module.exports = { uiHost: '127.0.0.1', httpAdminRoot: '/admin', adminAuth: { type: 'credentials', users: [] } };
